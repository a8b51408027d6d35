using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>Values and arrays in shared memory: what a hub makes and a client opens.</summary>
/// <remarks>The body of their segment: 4096 bytes for the lock that belongs to it, then the value or the elements.</remarks>
internal static unsafe class ValueObjects
{
    /// <summary>Where the value or the elements begin; before that is the lock's place.</summary>
    public const int DataOffset = 4096;

    /// <summary>What to make a value with.</summary>
    /// <param name="initial">What it is at first; its type is the value's.</param>
    /// <exception cref="ArgumentException">The type is none that a value can have.</exception>
    public static SyncOptions OptionsOf(object initial)
    {
        object bare = initial is PSObject wrapped ? wrapped.BaseObject : initial;
        ArgumentNullException.ThrowIfNull(bare, nameof(initial));
        ElementType type = TypeOf(bare.GetType(), "value", nameof(initial));
        Array one = Array.CreateInstance(type.Type, 1);
        one.SetValue(bare, 0);
        return OptionsOf(SharedObjectKind.Value, type, 1, type.Encode(one, isExact: false));
    }

    /// <summary>What to make an array of zeros with.</summary>
    /// <param name="elementType">The type of its elements.</param>
    /// <param name="count">Their number.</param>
    /// <exception cref="ArgumentException">The type is none that elements can have, or the number is negative.</exception>
    public static SyncOptions OptionsOf(Type elementType, int count)
    {
        ArgumentNullException.ThrowIfNull(elementType);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return OptionsOf(SharedObjectKind.Array, TypeOf(elementType, "array", nameof(elementType)), count, default);
    }

    /// <summary>What to make an array with elements with.</summary>
    /// <param name="initial">Its elements at first. An object[] becomes an array of the type of its first.</param>
    /// <exception cref="ArgumentException">The type is none that elements can have, or an object[] has several types in it.</exception>
    public static SyncOptions OptionsOf(Array initial)
    {
        ArgumentNullException.ThrowIfNull(initial);
        if (initial.Rank != 1)
        {
            throw new ArgumentException("A shared array has one dimension. Make it with its type and count, and use CopyFrom.", nameof(initial));
        }

        Type element = initial.GetType().GetElementType()!;
        bool isMixed = element == typeof(object) || element == typeof(PSObject);
        if (isMixed)
        {
            object? first = initial.Length == 0 ? null : initial.GetValue(initial.GetLowerBound(0));
            first = first is PSObject wrapped ? wrapped.BaseObject : first;
            element = first?.GetType() ?? throw new ArgumentException("An array that does not say what its elements are can be no shared array. Give their type and number, such as ([double], 1000).", nameof(initial));
        }

        ElementType type = TypeOf(element, "array", nameof(initial));
        return OptionsOf(SharedObjectKind.Array, type, initial.Length, type.Encode(initial, isMixed));
    }

    /// <summary>Makes the memory of a value or an array: the hub's side.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static SyncSegment Create(SyncOptions options)
    {
        ElementType type = ElementType.Find(options) ?? throw new ArgumentException($"There can be no shared {options.Kind} of {options.ElementType}.", nameof(options));
        long length = LengthOf(options, type);
        ReadOnlyMemory<byte> initial = options.Initial;
        if (options.Count < 0 || (!initial.IsEmpty && initial.Length != (long)options.Count * type.Size))
        {
            throw new ArgumentException($"{options.Count} elements of type {type.Type.Name} do not take {initial.Length} bytes.", nameof(options));
        }

        return SyncSegment.Create(
            options,
            DataOffset + length,
            initial.IsEmpty ? null : body => initial.Span.CopyTo(new Span<byte>((byte*)body + DataOffset, initial.Length)));
    }

    /// <summary>A value or an array in memory that exists: the client's side.</summary>
    /// <param name="state">The state that it lives in.</param>
    /// <param name="name">Its name.</param>
    /// <param name="segment">Its memory, mapped as long as what this returns can be reached.</param>
    /// <exception cref="InvalidSegmentException">It is neither.</exception>
    public static SharedObject Open(SharedState state, string name, SyncSegment segment)
    {
        SyncOptions options = segment.Options;
        if (ElementType.Find(options) is not { } type || options.Count < 0 || segment.Length < DataOffset + LengthOf(options, type))
        {
            throw new InvalidSegmentException(segment.Address, $"it is no shared {options.Kind} of this version");
        }

        return options.Kind == SharedObjectKind.Value ? new MemoryValue(state, name, segment, type) : new MemoryArray(state, name, segment, type);
    }

    // A multiple of 8, so that the last element's neighbours within its word are its own segment's.
    private static long LengthOf(SyncOptions options, ElementType type) => (((options.Kind == SharedObjectKind.Value ? 1L : options.Count) * type.Size) + sizeof(long) - 1) & -sizeof(long);

    private static SyncOptions OptionsOf(SharedObjectKind kind, ElementType type, int count, ReadOnlyMemory<byte> initial) => new()
    {
        Kind = kind,
        Count = count,
        ElementType = type.Type == typeof(TimeSpan) ? TypeCode.Int64 : Type.GetTypeCode(type.Type),
        IsTimeSpan = type.Type == typeof(TimeSpan),
        Initial = initial,
    };

    private static ElementType TypeOf(Type type, string what, string parameter) =>
        ElementType.Find(type)
        ?? throw new ArgumentException($"A shared {what} cannot be of type {type.FullName}. It can be {ElementType.Names}. For anything else use a dictionary or a list.", parameter);
}

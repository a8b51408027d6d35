using ProcessTools.Engine.Queues;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>What a client asks for by a name: the object that has it, or else a new one.</summary>
internal sealed class StoreRequest
{
    /// <summary>In the place of a number that was not said.</summary>
    public const int Unspecified = -1;

    /// <summary>The name; null for one that nothing has yet.</summary>
    public string? Name { get; init; }

    /// <summary>What it is. The count is <see cref="Unspecified"/> for whatever the one that exists has.</summary>
    public required SyncOptions Options { get; init; }

    /// <summary>Of a dictionary: whether keys that are texts differ in upper and lower case.</summary>
    public bool IsCaseSensitive { get; init; }

    /// <summary>Of a queue: the most items, or <see cref="Unspecified"/>.</summary>
    public long Capacity { get; init; } = Unspecified;

    /// <summary>True when nothing is to be made.</summary>
    public bool MustExist { get; init; }

    /// <summary>Writes it.</summary>
    public void Write(PooledBufferWriter writer)
    {
        writer.WriteText(Name);
        writer.WriteByte((byte)Options.Kind);
        writer.WriteInt32(Options.Count);
        writer.WriteInt32((int)Options.ElementType);
        writer.WriteByte(Options.IsTimeSpan ? (byte)1 : (byte)0);
        writer.WriteBlock(Options.Initial.Span);
        writer.WriteText(Options.LockName);
        writer.WriteByte(IsCaseSensitive ? (byte)1 : (byte)0);
        writer.WriteInt64(Capacity);
        writer.WriteByte(MustExist ? (byte)1 : (byte)0);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static StoreRequest Read(ref StateFrameReader reader) => new()
    {
        Name = reader.ReadText(),
        Options = new SyncOptions
        {
            Kind = (SharedObjectKind)reader.ReadByte(),
            Count = reader.ReadInt32(),
            ElementType = (TypeCode)reader.ReadInt32(),
            IsTimeSpan = reader.ReadByte() != 0,
            Initial = reader.ReadMemory(),
            LockName = reader.ReadText(),
        },
        IsCaseSensitive = reader.ReadByte() != 0,
        Capacity = reader.ReadInt64(),
        MustExist = reader.ReadByte() != 0,
    };

    /// <summary>What is different between what was asked for and what there is; null when it will do.</summary>
    public (string Asked, string Found)? FindMismatch(StoreObject found)
    {
        SharedObjectKind kind = Options.Kind;
        if (found.Kind != kind)
        {
            return ($"a {kind}", $"a {found.Kind}");
        }

        if (found is StoreDictionary { IsCaseSensitive: false } && IsCaseSensitive)
        {
            return ("a Dictionary that tells upper from lower case", "one that does not");
        }

        if (found is not StoreMemory memory)
        {
            return null;
        }

        if (MustExist)
        {
            return null;
        }

        if (memory.Queue is { } queue)
        {
            return Capacity == Unspecified || Capacity == queue.Capacity ? null : ($"a Queue for {Capacity} items", $"a Queue for {queue.Capacity?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "any number of"} items");
        }

        SyncOptions options = memory.Options;
        if (kind is SharedObjectKind.Value or SharedObjectKind.Array && (options.ElementType != Options.ElementType || options.IsTimeSpan != Options.IsTimeSpan))
        {
            return ($"{kind} of {TypeNameOf(Options)}", $"{kind} of {memory.TypeName}");
        }

        return Options.Count == Unspecified || kind == SharedObjectKind.Value || options.Count == Options.Count
            ? null
            : ($"a {kind} of {Options.Count}", $"a {kind} of {options.Count}");
    }

    /// <summary>The name of the type of a value or of elements.</summary>
    public static string TypeNameOf(SyncOptions options) =>
        options.IsTimeSpan ? nameof(TimeSpan) : options.Kind is SharedObjectKind.Value or SharedObjectKind.Array ? options.ElementType.ToString() : string.Empty;

    /// <summary>Makes the object.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public StoreObject Make(StateStore store, int id, string name)
    {
        switch (Options.Kind)
        {
            case SharedObjectKind.Dictionary:
            case SharedObjectKind.Namespace:
                return new StoreDictionary(store, id, name, Options.Kind, IsCaseSensitive);
            case SharedObjectKind.List:
                return new StoreList(store, id, name);
            case SharedObjectKind.Queue:
                return new StoreMemory(store, id, name, MemoryQueue.Create(name: null, Capacity == Unspecified ? null : Capacity));
            case SharedObjectKind.Value:
            case SharedObjectKind.Array:
                return new StoreMemory(store, id, name, ValueObjects.Create(Options), lockName: null);
            case >= SharedObjectKind.Lock and <= SharedObjectKind.Barrier:
                return new StoreMemory(store, id, name, SyncObjects.Create(WithCount()), Options.LockName);
            default:
                throw new InvalidDataFrameException($"There is no shared object of kind {Options.Kind}.");
        }
    }

    // A semaphore for which no number was said has one permit.
    private SyncOptions WithCount() =>
        Options.Count != Unspecified ? Options : new SyncOptions { Kind = Options.Kind, Count = 1, LockName = Options.LockName };
}

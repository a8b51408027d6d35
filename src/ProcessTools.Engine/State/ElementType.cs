using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>
/// A type that a shared value, or the elements of a shared array, can have: what can be done with one of it in shared memory, and with many in a row. What is done with one is atomic.
/// </summary>
internal abstract unsafe class ElementType
{
    private static readonly ElementType[] s_all =
    [
        new IntegerElement<int>(),
        new IntegerElement<long>(),
        new RealElement<double>(),
        new RealElement<float>(),
        new PlainElement<bool>(),
        new PlainElement<char>(),
        new IntegerElement<sbyte>(),
        new IntegerElement<byte>(),
        new IntegerElement<short>(),
        new IntegerElement<ushort>(),
        new IntegerElement<uint>(),
        new IntegerElement<ulong>(),
        new DateTimeElement(),
        new TimeSpanElement(),
    ];

    /// <summary>The names of all, for messages.</summary>
    public static string Names { get; } = "Boolean, Char, SByte, Byte, Int16, UInt16, Int32, UInt32, Int64, UInt64, Single, Double, DateTime and TimeSpan";

    /// <summary>The type as scripts see it.</summary>
    public abstract Type Type { get; }

    /// <summary>The type of what lies in memory.</summary>
    public abstract Type StoredType { get; }

    /// <summary>How many bytes one takes: 1, 2, 4 or 8.</summary>
    public abstract int Size { get; }

    /// <summary>The type, or null when there can be none in shared memory.</summary>
    public static ElementType? Find(Type type)
    {
        foreach (ElementType one in s_all)
        {
            if (one.Type == type)
            {
                return one;
            }
        }

        return null;
    }

    /// <summary>The type that a segment or its options name, or null when it is none.</summary>
    public static ElementType? Find(SyncOptions options)
    {
        foreach (ElementType one in s_all)
        {
            if (options.IsTimeSpan ? one.Type == typeof(TimeSpan) : Type.GetTypeCode(one.Type) == options.ElementType && one.Type != typeof(TimeSpan))
            {
                return one;
            }
        }

        return null;
    }

    /// <summary>Reads one.</summary>
    public abstract object Read(byte* cell);

    /// <summary>Writes one, converted.</summary>
    /// <exception cref="PSInvalidCastException">It cannot be converted.</exception>
    public abstract void Write(byte* cell, object? value);

    /// <summary>Writes one, converted.</summary>
    /// <returns>The one before.</returns>
    /// <exception cref="PSInvalidCastException">It cannot be converted.</exception>
    public abstract object Swap(byte* cell, object? value);

    /// <summary>Writes one, converted, if the one that is there is what is expected.</summary>
    /// <exception cref="PSInvalidCastException">It cannot be converted.</exception>
    public abstract bool TryUpdate(byte* cell, object? value, object? expected);

    /// <summary>Adds to one.</summary>
    /// <returns>The sum.</returns>
    /// <exception cref="OverflowException">The type has no such value; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">Nothing of this kind can be added to this type.</exception>
    public abstract object Increment(byte* cell, object? by);

    /// <summary>Writes what a function makes of the one that is there; calls it again when that was changed meanwhile.</summary>
    /// <returns>The new one.</returns>
    public abstract object Update(byte* cell, Func<object, object?> change);

    /// <summary>Copies many into an array of <see cref="Type"/>.</summary>
    public abstract Array ToArray(byte* first, int count);

    /// <summary>Copies many into a part of an array of any type.</summary>
    public abstract void CopyTo(byte* first, int count, Array target, int index);

    /// <summary>Copies all of an array, converted, into memory. When one cannot be converted, nothing is written.</summary>
    public abstract void CopyFrom(byte* first, Array source);

    /// <summary>Writes the same to many.</summary>
    public abstract void Fill(byte* first, int count, object? value);

    /// <summary>Sets many to zero.</summary>
    public abstract void Clear(byte* first, int count);

    /// <summary>Finds the first that equals a value.</summary>
    /// <returns>Its index, or -1.</returns>
    public abstract int IndexOf(byte* first, int count, object? value);

    /// <summary>The bytes of an array of any type, converted, as they lie in memory.</summary>
    /// <param name="source">The array.</param>
    /// <param name="isExact">True to refuse what would become another value, such as a fraction among integers.</param>
    /// <exception cref="ArgumentException">One of them cannot be converted.</exception>
    public abstract ReadOnlyMemory<byte> Encode(Array source, bool isExact);

    /// <summary>What a script gave, without PowerShell's wrapping.</summary>
    [return: NotNullIfNotNull(nameof(value))]
    protected static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}

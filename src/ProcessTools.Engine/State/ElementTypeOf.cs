using System.Globalization;
using System.Management.Automation;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A type whose values lie in memory as a <typeparamref name="T"/>.</summary>
/// <typeparam name="T">What lies in memory.</typeparam>
internal abstract unsafe class ElementType<T> : ElementType
    where T : unmanaged, IEquatable<T>
{
    /// <inheritdoc/>
    public override Type Type => typeof(T);

    /// <inheritdoc/>
    public sealed override Type StoredType => typeof(T);

    /// <inheritdoc/>
    public sealed override int Size => sizeof(T);

    /// <inheritdoc/>
    public sealed override object Read(byte* cell) => ToObject(AtomicCell.Read<T>(cell));

    /// <inheritdoc/>
    public sealed override void Write(byte* cell, object? value) => AtomicCell.Exchange(cell, Convert(value));

    /// <inheritdoc/>
    public sealed override object Swap(byte* cell, object? value) => ToObject(AtomicCell.Exchange(cell, Convert(value)));

    /// <inheritdoc/>
    public sealed override bool TryUpdate(byte* cell, object? value, object? expected)
    {
        T after = Convert(value);
        if (!TryConvertExactly(expected, out T wanted))
        {
            // The type has no such value, so none is there.
            return false;
        }

        while (true)
        {
            // Equal is more than the same bits: 0 and -0.
            T before = AtomicCell.Read<T>(cell);
            if (!before.Equals(wanted))
            {
                return false;
            }

            if (AtomicCell.TryReplace(cell, after, before))
            {
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public sealed override object Update(byte* cell, Func<object, object?> change)
    {
        while (true)
        {
            T before = AtomicCell.Read<T>(cell);
            T after = Convert(change(ToObject(before)));
            if (AtomicCell.TryReplace(cell, after, before))
            {
                return ToObject(after);
            }
        }
    }

    /// <inheritdoc/>
    public override Array ToArray(byte* first, int count) => new ReadOnlySpan<T>(first, count).ToArray();

    /// <inheritdoc/>
    public sealed override void CopyTo(byte* first, int count, Array target, int index)
    {
        Type element = target.GetType().GetElementType()!;
        if (element == typeof(T) && element == Type && target is T[] same)
        {
            new ReadOnlySpan<T>(first, count).CopyTo(same.AsSpan(index));
            return;
        }

        Array copy = ToArray(first, count);
        if (element == Type || element == typeof(object) || IsWider(element, Type))
        {
            Array.Copy(copy, 0, target, index, count);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            target.SetValue(LanguagePrimitives.ConvertTo(copy.GetValue(i), element, CultureInfo.InvariantCulture), index + i);
        }
    }

    /// <inheritdoc/>
    public sealed override void CopyFrom(byte* first, Array source) => ConvertAll(source).CopyTo(new Span<T>(first, source.Length));

    /// <inheritdoc/>
    public sealed override void Fill(byte* first, int count, object? value) => new Span<T>(first, count).Fill(Convert(value));

    /// <inheritdoc/>
    public sealed override void Clear(byte* first, int count) => new Span<T>(first, count).Clear();

    /// <inheritdoc/>
    public sealed override int IndexOf(byte* first, int count, object? value) =>
        TryConvertExactly(value, out T wanted) ? new ReadOnlySpan<T>(first, count).IndexOf(wanted) : -1;

    /// <inheritdoc/>
    public sealed override ReadOnlyMemory<byte> Encode(Array source, bool isExact)
    {
        T[] elements;
        if (isExact)
        {
            elements = new T[source.Length];
            int i = 0;
            foreach (object? item in source)
            {
                if (!TryConvertExactly(item, out elements[i]))
                {
                    throw new ArgumentException(
                        $"The element {i}, '{item}', is no {Type.Name}, which is the type of the first. Give an array with the type that all of them have, such as [double[]] (1, 2.5).", nameof(source));
                }

                i++;
            }
        }
        else
        {
            elements = ConvertAll(source);
        }

        return (long)elements.Length * sizeof(T) > int.MaxValue
            ? throw new ArgumentException("An array of more than 2 GiB cannot be given as the first elements. Make it with its type and count, and use CopyFrom.", nameof(source))
            : new ArrayBytes<T>(elements).Memory;
    }

    /// <summary>What scripts see of what lies in memory.</summary>
    protected virtual object ToObject(T stored) => stored;

    /// <summary>What lies in memory of what scripts give, if it is of <see cref="Type"/> already.</summary>
    protected virtual bool TryStore(object? value, out T stored)
    {
        if (value is T same)
        {
            stored = same;
            return true;
        }

        stored = default;
        return false;
    }

    /// <summary>What lies in memory of what scripts give, converted as PowerShell converts.</summary>
    protected T Convert(object? value) =>
        TryStore(value, out T stored) || TryStore(LanguagePrimitives.ConvertTo(value, Type, CultureInfo.InvariantCulture), out stored) ? stored : throw new PSInvalidCastException($"There is no {Type.Name} of '{value}'.");

    // Whether the runtime's own copy converts each element to one with more values. Between types of one size it would keep the bits.
    private static bool IsWider(Type target, Type source) =>
        target.IsPrimitive && source.IsPrimitive && source != typeof(bool) && target != typeof(bool) && source != typeof(char) && target != typeof(char) && SizeOf(source) < SizeOf(target)
        && (Type.GetTypeCode(target) is TypeCode.Single or TypeCode.Double || IsUnsigned(source) || !IsUnsigned(target));

    private static bool IsUnsigned(Type type) => Type.GetTypeCode(type) is TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64;

    private static int SizeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte => sizeof(byte),
        TypeCode.Int16 or TypeCode.UInt16 => sizeof(short),
        TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Single => sizeof(int),
        TypeCode.Int64 or TypeCode.UInt64 or TypeCode.Double => sizeof(long),
        _ => 0,
    };

    private bool TryConvertExactly(object? value, out T stored)
    {
        if (TryStore(value, out stored))
        {
            return true;
        }

        // What becomes another value on the way, such as 1.5 that becomes 2, is not there.
        return value is not null && LanguagePrimitives.TryConvertTo(value, Type, out object converted) && TryStore(converted, out stored) && LanguagePrimitives.Equals(converted, Bare(value));
    }

    private T[] ConvertAll(Array source)
    {
        Type element = source.GetType().GetElementType()!;
        if (element == Type && element == typeof(T) && source is T[] same)
        {
            return same;
        }

        T[] converted = new T[source.Length];
        if (source.Rank == 1 && Type == typeof(T) && IsWider(typeof(T), element))
        {
            Array.Copy(source, source.GetLowerBound(0), converted, 0, converted.Length);
            return converted;
        }

        int i = 0;
        foreach (object? item in source)
        {
            converted[i++] = Convert(item);
        }

        return converted;
    }
}

using System.Collections;

namespace ProcessTools.Engine.State;

/// <summary>An array in shared memory.</summary>
internal sealed unsafe class MemoryArray : SharedArray
{
    private readonly SyncSegment _segment;
    private readonly ElementType _type;
    private readonly byte* _first;
    private readonly int _count;

    internal MemoryArray(SharedState state, string name, SyncSegment segment, ElementType type)
        : base(state, name)
    {
        _segment = segment;
        _type = type;
        Lock = MemoryRLock.Open(state, name, segment);
        _first = segment.Body + ValueObjects.DataOffset;
        _count = segment.Options.Count;
    }

    /// <inheritdoc/>
    public override Type ElementType => _type.Type;

    /// <inheritdoc/>
    public override int Count => _count;

    /// <inheritdoc/>
    public override object? this[int index]
    {
        get
        {
            object value = _type.Read(CellOf(index));
            GC.KeepAlive(_segment);
            return value;
        }

        set
        {
            _type.Write(CellOf(index), value);
            GC.KeepAlive(_segment);
        }
    }

    /// <inheritdoc/>
    public override SharedRLock Lock { get; }

    /// <inheritdoc/>
    public override object Increment(int index, object by)
    {
        object value = _type.Increment(CellOf(index), by);
        GC.KeepAlive(_segment);
        return value;
    }

    /// <inheritdoc/>
    public override object Swap(int index, object value)
    {
        object before = _type.Swap(CellOf(index), value);
        GC.KeepAlive(_segment);
        return before;
    }

    /// <inheritdoc/>
    public override bool TryUpdate(int index, object value, object expected)
    {
        bool isDone = _type.TryUpdate(CellOf(index), value, expected);
        GC.KeepAlive(_segment);
        return isDone;
    }

    /// <inheritdoc/>
    public override Span<T> AsSpan<T>()
    {
        if (typeof(T) == typeof(byte))
        {
            return new Span<T>(_first, CountBytes());
        }

        return typeof(T) == _type.StoredType
            ? new Span<T>(_first, _count)
            : throw new InvalidCastException($"The elements of the array '{Name}' are of type {_type.Type.Name}. AsSpan takes {_type.StoredType.Name} or Byte, not {typeof(T).Name}.");
    }

    /// <inheritdoc/>
    public override Array ToArray() => ToArray(0, _count);

    /// <inheritdoc/>
    public override Array ToArray(int start, int count)
    {
        CheckRange(start, count);
        Array copy = _type.ToArray(_first + ((long)start * _type.Size), count);
        GC.KeepAlive(_segment);
        return copy;
    }

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index)
    {
        ArgumentNullException.ThrowIfNull(array);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (array.Rank != 1 || array.Length - index < _count)
        {
            throw new ArgumentException($"The array must have one dimension and, from index {index} on, room for {_count} elements.", nameof(array));
        }

        _type.CopyTo(_first, _count, array, index);
        GC.KeepAlive(_segment);
    }

    /// <inheritdoc/>
    public override void CopyFrom(Array source, int start = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        CheckRange(start, source.Length);
        _type.CopyFrom(_first + ((long)start * _type.Size), source);
        GC.KeepAlive(_segment);
    }

    /// <inheritdoc/>
    public override byte[] GetBytes()
    {
        byte[] copy = new ReadOnlySpan<byte>(_first, CountBytes()).ToArray();
        GC.KeepAlive(_segment);
        return copy;
    }

    /// <inheritdoc/>
    public override void Fill(object value)
    {
        _type.Fill(_first, _count, value);
        GC.KeepAlive(_segment);
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        _type.Clear(_first, _count);
        GC.KeepAlive(_segment);
    }

    /// <inheritdoc/>
    public override int IndexOf(object? value)
    {
        int index = _type.IndexOf(_first, _count, value);
        GC.KeepAlive(_segment);
        return index;
    }

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => ToArray().GetEnumerator();

    private byte* CellOf(int index)
    {
        int position = index < 0 ? index + _count : index;
        return (uint)position < (uint)_count
            ? _first + ((long)position * _type.Size)
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"The array '{Name}' has {_count} elements.");
    }

    private void CheckRange(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (start > _count - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"The array '{Name}' has {_count} elements, and so none or not all of {count} from {start} on.");
        }
    }

    private int CountBytes()
    {
        long bytes = (long)_count * _type.Size;
        return bytes <= int.MaxValue ? (int)bytes : throw new InvalidOperationException($"The array '{Name}' has {bytes} bytes, more than one span or array can have. Use AsSpan of {_type.StoredType.Name}, or ToArray with a start and a count.");
    }
}

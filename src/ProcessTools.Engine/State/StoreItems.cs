namespace ProcessTools.Engine.State;

/// <summary>The items of a list in a ring that grows, so that both ends are cheap: a list serves as a stack and as a queue alike.</summary>
internal sealed class StoreItems
{
    private byte[][] _ring = new byte[16][];
    private int _start;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of all.</summary>
    public long Bytes { get; private set; }

    /// <summary>An item.</summary>
    public byte[] this[int index]
    {
        get => _ring[Place(index)];
        set
        {
            ref byte[] place = ref _ring[Place(index)];
            Bytes += value.Length - place.Length;
            place = value;
        }
    }

    /// <summary>Adds items at the end.</summary>
    public void AddRange(byte[][] items)
    {
        Reserve(Count + items.Length);
        foreach (byte[] item in items)
        {
            _ring[Place(Count++)] = item;
            Bytes += item.Length;
        }
    }

    /// <summary>Inserts an item; moves the shorter side.</summary>
    public void Insert(int index, byte[] item)
    {
        Reserve(Count + 1);
        if (index >= Count / 2)
        {
            for (int i = Count; i > index; i--)
            {
                _ring[Place(i)] = _ring[Place(i - 1)];
            }
        }
        else
        {
            _start = (_start - 1) & (_ring.Length - 1);
            for (int i = 0; i < index; i++)
            {
                _ring[Place(i)] = _ring[Place(i + 1)];
            }
        }

        _ring[Place(index)] = item;
        Count++;
        Bytes += item.Length;
    }

    /// <summary>Takes an item out; moves the shorter side.</summary>
    public void RemoveAt(int index)
    {
        Bytes -= this[index].Length;
        if (index >= Count / 2)
        {
            for (int i = index; i < Count - 1; i++)
            {
                _ring[Place(i)] = _ring[Place(i + 1)];
            }

            _ring[Place(Count - 1)] = null!;
        }
        else
        {
            for (int i = index; i > 0; i--)
            {
                _ring[Place(i)] = _ring[Place(i - 1)];
            }

            _ring[_start] = null!;
            _start = (_start + 1) & (_ring.Length - 1);
        }

        Count--;
    }

    /// <summary>Takes the last items out.</summary>
    /// <param name="count">How many remain.</param>
    public void Truncate(int count)
    {
        while (Count > count)
        {
            RemoveAt(Count - 1);
        }
    }

    /// <summary>The index of the first item that has certain bytes, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> item)
    {
        for (int i = 0; i < Count; i++)
        {
            if (item.SequenceEqual(_ring[Place(i)]))
            {
                return i;
            }
        }

        return -1;
    }

    private int Place(int index) => (_start + index) & (_ring.Length - 1);

    private void Reserve(int count)
    {
        if (count <= _ring.Length)
        {
            return;
        }

        byte[][] larger = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count)][];
        for (int i = 0; i < Count; i++)
        {
            larger[i] = _ring[Place(i)];
        }

        _ring = larger;
        _start = 0;
    }
}

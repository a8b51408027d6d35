namespace ProcessTools.Engine.Pools;

/// <summary>A row of values that grows and shrinks at both ends.</summary>
/// <typeparam name="T">The values.</typeparam>
internal sealed class Deque<T>
{
    private const int Least = 16;

    private T[] _items = new T[Least];
    private int _head;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>A value by its place from the front.</summary>
    public ref T this[int index] => ref _items[(_head + index) & (_items.Length - 1)];

    /// <summary>Adds a value at the back.</summary>
    public void AddLast(in T item)
    {
        Reserve();
        _items[(_head + Count) & (_items.Length - 1)] = item;
        Count++;
    }

    /// <summary>Adds a value at the front.</summary>
    public void AddFirst(in T item)
    {
        Reserve();
        _head = (_head - 1) & (_items.Length - 1);
        _items[_head] = item;
        Count++;
    }

    /// <summary>Takes the value at the front.</summary>
    public T RemoveFirst()
    {
        T item = _items[_head];
        _items[_head] = default!;
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        return item;
    }

    /// <summary>Takes the value at the back.</summary>
    public T RemoveLast()
    {
        ref T place = ref this[Count - 1];
        T item = place;
        place = default!;
        Count--;
        return item;
    }

    /// <summary>Takes the value at a place; those behind it move up.</summary>
    public T RemoveAt(int index)
    {
        T item = this[index];
        for (int i = index; i < Count - 1; i++)
        {
            this[i] = this[i + 1];
        }

        RemoveLast();
        return item;
    }

    private void Reserve()
    {
        if (Count < _items.Length)
        {
            return;
        }

        T[] bigger = new T[_items.Length * 2];
        int first = _items.Length - _head;
        Array.Copy(_items, _head, bigger, 0, first);
        Array.Copy(_items, 0, bigger, first, _head);
        _items = bigger;
        _head = 0;
    }
}

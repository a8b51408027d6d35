namespace ProcessTools.Engine.Pools;

/// <summary>What an item has written and nobody has taken yet.</summary>
internal sealed class ItemSlot
{
    // Most items write one object.
    private ItemEvent _first;
    private List<ItemEvent>? _more;
    private int _count;
    private long _bytes;

    /// <summary>True once the item has ended.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>True when there is something to take.</summary>
    public bool HasEvents => _count > 0;

    /// <summary>Adds something that the item wrote.</summary>
    public void Add(in ItemEvent item, int bytes)
    {
        _bytes += bytes;
        if (_count++ == 0)
        {
            _first = item;
        }
        else
        {
            (_more ??= []).Add(item);
        }
    }

    /// <summary>The item has ended.</summary>
    public void End() => IsEnded = true;

    /// <summary>Forgets what the item wrote.</summary>
    /// <returns>How many bytes that was.</returns>
    public long Clear()
    {
        long bytes = _bytes;
        _first = default;
        _more = null;
        _count = 0;
        _bytes = 0;
        return bytes;
    }

    /// <summary>Moves what the item wrote.</summary>
    /// <returns>How many bytes that was.</returns>
    public long MoveTo(List<ItemEvent> into)
    {
        if (_count > 0)
        {
            into.Add(_first);
            if (_more is not null)
            {
                into.AddRange(_more);
            }
        }

        return Clear();
    }
}

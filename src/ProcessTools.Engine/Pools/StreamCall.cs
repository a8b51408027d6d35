namespace ProcessTools.Engine.Pools;

/// <summary>
/// A call whose items come one after another and whose results go on as they come, in order or not. Items that are done early wait for those before them; how many may is limited, and so are the bytes
/// that may be held.
/// </summary>
internal sealed class StreamCall : PoolCall
{
    /// <summary>How many bytes of output are held at most for a consumer that is slow: then workers wait.</summary>
    public const long MostHeldBytes = 64L << 20;

    private readonly WorkerPool _pool;
    private readonly bool _isOrdered;
    private readonly bool _isWhole;
    private readonly Deque<ItemSlot> _slots = new();
    private readonly Dictionary<long, ItemSlot> _open = [];
    private readonly List<ItemEvent> _live = [];
    private readonly Deque<ItemSlot> _done = new();
    private long _head;
    private long _bytes;

    /// <summary>Makes it.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="script">The script.</param>
    /// <param name="message">What workers need to know.</param>
    /// <param name="isOrdered">True for results in the order of the items.</param>
    /// <param name="isWhole">True when an item's output is wanted only once it has ended.</param>
    public StreamCall(WorkerPool pool, PoolScriptEntry script, PoolCallMessage message, bool isOrdered, bool isWhole)
        : base(script, message)
    {
        _pool = pool;
        _isOrdered = isOrdered;
        _isWhole = isWhole;
    }

    /// <summary>How many items were added.</summary>
    public long Added { get; private set; }

    /// <summary>How many items have ended.</summary>
    public long Ended { get; private set; }

    /// <summary>How many of them did not end with a result.</summary>
    public long Failures { get; private set; }

    /// <summary>How many items were handed on.</summary>
    public long HandedOn { get; private set; }

    /// <summary>How many bytes of output are held.</summary>
    public long HeldBytes => _bytes;

    /// <summary>True when every end is an event, and not only those that are not ordinary.</summary>
    public bool TellsEnds { get; init; }

    /// <summary>True when there is something to hand on.</summary>
    public bool HasEvents
    {
        get
        {
            if (_live.Count > 0 || _done.Count > 0)
            {
                return true;
            }

            return _slots.Count > 0 && _slots[0] is { } head && (head.IsEnded || (!_isWhole && head.HasEvents));
        }
    }

    /// <summary>True when all items that were added were handed on.</summary>
    public bool IsEmpty => HandedOn == Added && _live.Count == 0;

    /// <summary>A place for the results of the next item. Under the pool's lock.</summary>
    public void Reserve()
    {
        ItemSlot slot = new();
        if (_isOrdered)
        {
            _slots.AddLast(slot);
        }
        else
        {
            _open.Add(Added, slot);
        }

        Added++;
    }

    /// <summary>Passes over the next item. Under the pool's lock.</summary>
    public void Skip()
    {
        if (_isOrdered && _slots.Count > 0)
        {
            ItemSlot slot = new();
            slot.End();
            _slots.AddLast(slot);
        }
        else
        {
            HandedOn++;
            _head++;
        }

        Added++;
    }

    /// <summary>Takes what can be handed on. Under the pool's lock.</summary>
    /// <param name="into">Gets the events, in order.</param>
    public void Take(List<ItemEvent> into)
    {
        into.AddRange(_live);
        _live.Clear();
        if (!_isOrdered)
        {
            while (_done.Count > 0)
            {
                Hand(_done.RemoveFirst(), into);
            }

            return;
        }

        while (_slots.Count > 0)
        {
            ItemSlot head = _slots[0];
            if (!head.IsEnded)
            {
                if (!_isWhole)
                {
                    _bytes -= head.MoveTo(into);
                }

                return;
            }

            _slots.RemoveFirst();
            _head++;
            Hand(head, into);
        }
    }

    /// <inheritdoc/>
    public override bool IsCongested(in PoolTask task)
    {
        // Where nothing can be handed on yet, or the one who would take it waits for another call's tasks, holding back would be for ever.
        if (_bytes < MostHeldBytes || IsCancelled || !HasEvents || _pool.HasTasksBeside(this))
        {
            return false;
        }

        // The item that others wait for goes on as long as its own output is taken; the others only while it is not even running.
        return !_isOrdered || task.Index == _head || _pool.IsRunning(this, _head);
    }

    /// <inheritdoc/>
    public override void OnRestart(in PoolTask task) => _bytes -= Slot(task).Clear();

    /// <inheritdoc/>
    public override void OnOutput(in PoolTask task, object? value, int bytes)
    {
        _bytes += bytes;
        Slot(task).Add(new ItemEvent(PoolMessageKind.Output, value, task.Index, task.Input, 0), bytes);
    }

    /// <inheritdoc/>
    public override void OnRecord(in PoolTask task, PoolMessageKind kind, object? record, int worker)
    {
        if (kind == PoolMessageKind.Progress)
        {
            _live.Add(new ItemEvent(kind, record, task.Index, task.Input, worker));
            return;
        }

        Slot(task).Add(new ItemEvent(kind, record, task.Index, task.Input, worker), 0);
    }

    /// <inheritdoc/>
    public override void OnEnded(in PoolTask task, in TaskEnd end)
    {
        Ended++;
        if (end.State != ProcessTaskState.Completed)
        {
            Failures++;
        }

        ItemSlot slot = Slot(task);
        if (TellsEnds || end.State != ProcessTaskState.Completed)
        {
            slot.Add(new ItemEvent(PoolMessageKind.Done, end, task.Index, task.Input, end.Worker ?? 0), 0);
        }

        slot.End();
        if (!_isOrdered)
        {
            _open.Remove(task.Index);
            _done.AddLast(slot);
        }
    }

    private ItemSlot Slot(in PoolTask task) => _isOrdered ? _slots[(int)(task.Index - _head)] : _open[task.Index];

    private void Hand(ItemSlot slot, List<ItemEvent> into)
    {
        HandedOn++;
        _bytes -= slot.MoveTo(into);
    }
}

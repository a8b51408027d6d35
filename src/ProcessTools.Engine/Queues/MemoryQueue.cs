using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues;

/// <summary>A queue in shared memory. Thread-safe.</summary>
internal sealed unsafe class MemoryQueue : ProcessQueue, ITraveller, IWaitable
{
    private readonly ChannelSegment _segment;
    private readonly SharedQueue _queue;
    private readonly HolderTable _holders;
    private readonly int _holder;
    private readonly Action _check;

    private MemoryQueue(ChannelSegment segment, string? name, int holder)
    {
        _segment = segment;
        _queue = segment.Queues[0];
        _holders = segment.Sides[0];
        _holder = holder;
        _check = Check;
        Name = name;
        Capacity = _queue.Capacity;
        if (name is not null)
        {
            segment.DeletionLock = NameTable.Lock;
            segment.Deleted = path => NameTable.Queues.Remove(name, path);
        }
    }

    ~MemoryQueue() => Dispose(disposing: false);

    /// <inheritdoc/>
    public override string? Name { get; }

    /// <inheritdoc/>
    public override string Id => System.IO.Path.GetFileNameWithoutExtension(_segment.Path);

    /// <summary>The path by which another process opens it.</summary>
    public string Address => _segment.Path;

    /// <inheritdoc/>
    public override long? Capacity { get; }

    /// <summary>True once this process has let go of it.</summary>
    public bool IsGone => _segment.IsClosing;

    /// <inheritdoc/>
    public override bool IsClosed => Read(static queue => queue._queue.IsClosed, whenGone: true);

    /// <inheritdoc/>
    public override long Count => Read(static queue => queue._queue.Count, whenGone: 0);

    /// <inheritdoc/>
    public override long UnfinishedTasks => Read(static queue => queue._queue.Unfinished, whenGone: 0);

    /// <inheritdoc/>
    ParkingSpot IWaitable.ItemSpot => _queue.ItemSpot;

    /// <inheritdoc/>
    bool IWaitable.IsReady => Read(static queue => queue._queue.HasItems || queue._queue.IsDrained(), whenGone: true);

    /// <summary>Makes a queue, or finds the one of a name.</summary>
    /// <param name="name">Its name, or null for none.</param>
    /// <param name="capacity">The most items, or null for no limit, or for whatever the one that exists has.</param>
    /// <exception cref="QueueMismatchException">One of this name exists and has another capacity.</exception>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static MemoryQueue Create(string? name = null, long? capacity = null)
    {
        if (name is null)
        {
            return Make(null, capacity);
        }

        using (NameTable.Lock())
        {
            if (NameTable.Queues.Find(name) is { } path && TryMeet(path, name) is { } queue)
            {
                return capacity is null || capacity == queue.Capacity ? queue : throw new QueueMismatchException(name, capacity, queue.Capacity);
            }

            MemoryQueue made = Make(name, capacity);
            NameTable.Queues.Set(name, made.Address);
            return made;
        }
    }

    /// <summary>Opens a queue that another process made.</summary>
    /// <param name="path">Its address.</param>
    /// <param name="name">Its name, or null.</param>
    /// <param name="token">What stood for the handle on its way, or 0.</param>
    /// <exception cref="ChannelGoneException">It no longer exists.</exception>
    public static MemoryQueue Open(string path, string? name = null, long token = 0)
    {
        bool isKnown = true;
        MemoryQueue queue = ChannelRegistry.GetOrAdd(path, static found => !found._segment.IsClosing, () =>
        {
            isKnown = false;
            return Attach(path, name, token);
        });
        if (isKnown && token != 0)
        {
            queue.Arrived(token);
        }

        return queue;
    }

    /// <summary>Adds a token for this handle to those on their way.</summary>
    /// <exception cref="NotSerializableException">This process has let go of the queue.</exception>
    /// <exception cref="TooManyHoldersException">There is no place for one more.</exception>
    public long Depart()
    {
        if (!_segment.TryEnter())
        {
            throw new NotSerializableException("$", $"the queue '{this}' was disposed of in this process and cannot be passed on from here.");
        }

        try
        {
            long token = _holders.AddTraveller(Carrier.Self);
            return token != 0 ? token : throw new TooManyHoldersException(Id, HolderTable.Count);
        }
        finally
        {
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    public override void TaskDone()
    {
        ThrowIfGone();
        try
        {
            if (!_queue.TryMarkDone())
            {
                throw new TaskDoneException(this);
            }

            _holders.CountDone(_holder);
        }
        finally
        {
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_segment.TryEnter())
        {
            _queue.Close();
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    void ITraveller.Board(long token, Carrier carrier) => Touch(() => _holders.SetCarrier(token, carrier));

    /// <inheritdoc/>
    void ITraveller.Return(long token) => Arrived(token);

    /// <inheritdoc/>
    bool IWaitable.TryEnter() => _segment.TryEnter();

    /// <inheritdoc/>
    void IWaitable.Leave() => _segment.Leave();

    /// <inheritdoc/>
    void IWaitable.CheckPeers()
    {
        // A queue is not over when its producers are gone: others may come.
    }

    /// <inheritdoc/>
    private protected override bool PutCore(object? item, TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowIfGone();
        try
        {
            return OutgoingMessage.TryPut(_segment, _queue, item, timeout, _check, cancellation) switch
            {
                QueueResult.Done => true,
                QueueResult.Closed => throw new QueueClosedException(this, isDrained: false),
                _ => false,
            };
        }
        finally
        {
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    private protected override ChannelStatus GetCore(out object? item, TimeSpan timeout, CancellationToken cancellation)
    {
        item = null;
        ThrowIfGone();
        try
        {
            IncomingMessage message = default;
            switch (_queue.TryTake(ref message, Deadline.After(timeout), _holders.TakenBy(_holder), _check, cancellation))
            {
                case QueueResult.Done:
                    item = message.Finish();
                    return ChannelStatus.Received;
                case QueueResult.Closed:
                    return ChannelStatus.Over;
                default:
                    return ChannelStatus.Empty;
            }
        }
        finally
        {
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    private protected override bool JoinCore(TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowIfGone();
        try
        {
            return _queue.WaitUntilDone(Deadline.After(timeout), CheckJoin, cancellation);
        }
        finally
        {
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_segment.TryEnter())
        {
            return;
        }

        _holders.Release(_holder);
        _segment.Leave();
        _segment.Dispose();
    }

    private static MemoryQueue Make(string? name, long? capacity)
    {
        ChannelSegment segment = ChannelSegment.Create(ChannelKind.Queue, sides: 1, new SharedQueueOptions { Capacity = capacity });
        MemoryQueue queue = new(segment, name, segment.Sides[0].Claim());
        ChannelRegistry.Add(segment.Path, queue);
        return queue;
    }

    private static MemoryQueue? TryMeet(string path, string name)
    {
        try
        {
            return Open(path, name);
        }
        catch (ChannelGoneException)
        {
            // All who held it have ended without a chance to take its name away.
            NameTable.Queues.Remove(name, path);
            return null;
        }
    }

    private static MemoryQueue Attach(string path, string? name, long token)
    {
        if (name is not null && token == 0)
        {
            // All who held it may have been killed. What they left is not what a name promises.
            ChannelSegment.DeleteIfUnheld(path);
        }

        ChannelSegment segment;
        try
        {
            segment = ChannelSegment.Open(path, ChannelKind.Queue);
        }
        catch (InvalidSegmentException exception)
        {
            throw new ChannelGoneException(name ?? System.IO.Path.GetFileNameWithoutExtension(path), exception);
        }

        int holder = token == 0 ? -1 : segment.Sides[0].Receive(token);
        holder = holder >= 0 ? holder : segment.Sides[0].Claim();
        if (holder < 0)
        {
            segment.Dispose();
            throw new TooManyHoldersException(name ?? System.IO.Path.GetFileNameWithoutExtension(path), HolderTable.Count);
        }

        return new MemoryQueue(segment, name, holder);
    }

    private void Arrived(long token) => Touch(() => _holders.RemoveTraveller(token));

    private void Touch(Action action)
    {
        if (_segment.TryEnter())
        {
            action();
            _segment.Leave();
        }
    }

    private T Read<T>(Func<MemoryQueue, T> read, T whenGone)
    {
        if (!_segment.TryEnter())
        {
            return whenGone;
        }

        try
        {
            return read(this);
        }
        finally
        {
            _segment.Leave();
        }
    }

    private void ThrowIfGone()
    {
        if (!_segment.TryEnter())
        {
            throw new QueueClosedException(this, isDrained: false);
        }
    }

    private void Check()
    {
        PipelineStop.ThrowIfStopping();
        if (_segment.IsClosing)
        {
            throw new QueueClosedException(this, isDrained: false);
        }
    }

    private void CheckJoin()
    {
        Check();

        // The dead hold all that is left, and no living one has anything in hand or could still take something.
        if (_queue.Unfinished is > 0 and long unfinished && !_queue.HasItems && _holders.CountLost(_queue.IsTaken) is long lost && lost >= unfinished)
        {
            throw new TasksLostException(this, unfinished);
        }
    }
}

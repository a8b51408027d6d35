using System.Diagnostics;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Pipes;

/// <summary>
/// An end of a pipe in shared memory. Each side has a table of those who hold it; when nobody alive does, the side is over: both directions are closed, for good. Whoever waits
/// looks at the other side's table, and is woken when a process in it ends. Thread-safe.
/// </summary>
internal sealed unsafe class MemoryPipeEnd : ProcessPipeEnd, ITraveller, IWaitable
{
    // A loop of Poll() or TryReceive() does not read the process table of the system each time.
    private static readonly TimeSpan s_leastBetweenChecks = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();
    private readonly ChannelSegment _segment;
    private readonly int _side;
    private readonly SharedQueue? _outgoing;
    private readonly SharedQueue? _incoming;
    private readonly HolderTable _own;
    private readonly HolderTable _others;
    private readonly Action _check;
    private readonly Dictionary<long, IDisposable> _watches = [];
    private long _lastCheck;
    private long _seenChanges = -1;

    // Handles on their way, whose fate nothing tells at once.
    private bool _hasUnwatched;

    // The number of our entry in the table, or -1 when this end was handed over and not used since.
    private int _holder;
    private int _uses;

    private MemoryPipeEnd(ChannelSegment segment, int side, int holder)
    {
        _segment = segment;
        _side = side;
        _outgoing = side < segment.Queues.Length ? segment.Queues[side] : null;
        _incoming = 1 - side < segment.Queues.Length ? segment.Queues[1 - side] : null;
        _own = segment.Sides[side];
        _others = segment.Sides[1 - side];
        _holder = holder;
        _check = Check;
    }

    ~MemoryPipeEnd() => Dispose(disposing: false);

    /// <inheritdoc/>
    public override string? Name => null;

    /// <inheritdoc/>
    public override string Id => $"{Path.GetFileNameWithoutExtension(_segment.Path)}-{(_side == 0 ? 'a' : 'b')}";

    /// <inheritdoc/>
    public override bool IsClosed => _segment.IsClosing;

    /// <inheritdoc/>
    public override bool CanSend => _outgoing is not null;

    /// <inheritdoc/>
    public override bool CanReceive => _incoming is not null;

    /// <summary>The path by which another process opens it.</summary>
    public string Address => _segment.Path;

    /// <summary>Which of the two sides it is.</summary>
    public int Side => _side;

    /// <inheritdoc/>
    ParkingSpot IWaitable.ItemSpot => Incoming.ItemSpot;

    /// <inheritdoc/>
    bool IWaitable.IsReady => Poll(TimeSpan.Zero);

    private SharedQueue Incoming => _incoming ?? throw new PipeDirectionException(this, isSend: false);

    /// <summary>Makes a pipe.</summary>
    /// <param name="isOneWay">True when only the first end sends.</param>
    /// <returns>Its two ends.</returns>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static (MemoryPipeEnd First, MemoryPipeEnd Second) Create(bool isOneWay = false)
    {
        SharedQueueOptions options = new() { IsBoundedByRing = true };
        ChannelSegment segment = ChannelSegment.Create(ChannelKind.Pipe, sides: 2, isOneWay ? [options] : [options, options]);
        MemoryPipeEnd first = new(segment, 0, segment.Sides[0].Claim());
        ChannelRegistry.Add(KeyOf(segment.Path, 0), first);

        // Each end closes its own view of the memory.
        ChannelSegment again = ChannelSegment.Open(segment.Path, ChannelKind.Pipe);
        MemoryPipeEnd second = new(again, 1, again.Sides[1].Claim());
        ChannelRegistry.Add(KeyOf(segment.Path, 1), second);
        return (first, second);
    }

    /// <summary>Opens an end that another process has sent.</summary>
    /// <exception cref="ChannelGoneException">The pipe no longer exists.</exception>
    public static MemoryPipeEnd Open(string path, int side, long token)
    {
        bool isKnown = true;
        MemoryPipeEnd end = ChannelRegistry.GetOrAdd(KeyOf(path, side), static found => !found.IsClosed, () =>
        {
            isKnown = false;
            return Attach(path, side, token);
        });
        if (isKnown)
        {
            end.Return(token);
        }

        return end;
    }

    /// <summary>Adds a token for this handle to those on their way. From now on it, and no longer this process, holds the end.</summary>
    /// <exception cref="PipeClosedException">The end was closed here.</exception>
    /// <exception cref="TooManyHoldersException">There is no place for one more.</exception>
    public long Depart()
    {
        if (!_segment.TryEnter())
        {
            throw new PipeClosedException(this, closedHere: true);
        }

        try
        {
            long token = _own.AddTraveller(Carrier.Self);
            if (token == 0)
            {
                throw new TooManyHoldersException(Id, HolderTable.Count);
            }

            lock (_gate)
            {
                if (_holder >= 0 && _uses == 0)
                {
                    _own.Release(_holder);
                    _holder = -1;
                }
            }

            return token;
        }
        finally
        {
            _segment.Leave();
        }
    }

    /// <summary>A token did not travel, or came back here: this process holds the end itself.</summary>
    public void Return(long token)
    {
        if (_segment.TryEnter())
        {
            lock (_gate)
            {
                // Before the token goes: at no instant does nobody hold the end.
                Hold();
                _own.RemoveTraveller(token);
            }

            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    public override void Close() => Dispose();

    /// <inheritdoc/>
    void ITraveller.Board(long token, Carrier carrier)
    {
        if (_segment.TryEnter())
        {
            _own.SetCarrier(token, carrier);
            _segment.Leave();
        }
    }

    /// <inheritdoc/>
    bool IWaitable.TryEnter() => TryBegin();

    /// <inheritdoc/>
    void IWaitable.Leave() => End();

    /// <inheritdoc/>
    void IWaitable.CheckPeers() => Check();

    /// <inheritdoc/>
    private protected override bool SendCore(object? message, TimeSpan timeout, CancellationToken cancellation)
    {
        SharedQueue outgoing = BeginSend();
        try
        {
            return OutgoingMessage.TryPut(_segment, outgoing, message, timeout, _check, cancellation) switch
            {
                QueueResult.Done => true,
                QueueResult.Closed => throw ClosedError(),
                _ => false,
            };
        }
        finally
        {
            End();
        }
    }

    /// <inheritdoc/>
    private protected override void SendBytesCore(ReadOnlySpan<byte> bytes, CancellationToken cancellation)
    {
        SharedQueue outgoing = BeginSend();
        try
        {
            if (outgoing.TryPut([], bytes, RecordFlags.Raw, Deadline.After(Timeout.InfiniteTimeSpan), _check, cancellation) != QueueResult.Done)
            {
                throw ClosedError();
            }
        }
        finally
        {
            End();
        }
    }

    /// <inheritdoc/>
    private protected override ChannelStatus ReceiveCore(out object? message, TimeSpan timeout, CancellationToken cancellation)
    {
        IncomingMessage incoming = default;
        QueueResult result = Take(ref incoming, timeout, cancellation);
        message = result == QueueResult.Done ? incoming.Finish() : null;
        return result switch
        {
            QueueResult.Done => ChannelStatus.Received,
            QueueResult.Closed => ChannelStatus.Over,
            _ => ChannelStatus.Empty,
        };
    }

    /// <inheritdoc/>
    private protected override bool PollCore(TimeSpan timeout, CancellationToken cancellation)
    {
        SharedQueue incoming = Incoming;
        if (!TryBegin())
        {
            return true;
        }

        try
        {
            Deadline deadline = Deadline.After(timeout);
            do
            {
                if (incoming.HasItems || incoming.IsDrained())
                {
                    return true;
                }

                CheckNow();
            }
            while (incoming.WaitForItem(deadline, _check, cancellation));

            return incoming.HasItems || incoming.IsDrained();
        }
        finally
        {
            End();
        }
    }

    /// <inheritdoc/>
    private protected override byte[] ReceiveBytesCore(TimeSpan timeout, CancellationToken cancellation)
    {
        IncomingBytes incoming = default;
        return Take(ref incoming, timeout, cancellation) switch
        {
            QueueResult.Done => incoming.Finish(),
            QueueResult.Closed => throw ClosedError(),
            QueueResult.Refused => throw new MessageNotBytesException(this),
            _ => throw new MessageTimeoutException(this, timeout, isSend: false),
        };
    }

    /// <inheritdoc/>
    private protected override int ReceiveBytesIntoCore(byte[] buffer, int offset, TimeSpan timeout, CancellationToken cancellation)
    {
        IncomingBytes incoming = new(buffer, offset);
        return Take(ref incoming, timeout, cancellation) switch
        {
            QueueResult.Done => incoming.Length,
            QueueResult.Closed => throw ClosedError(),
            QueueResult.Refused when incoming.IsTooLong => throw new BufferTooShortException(this, incoming.Length, buffer.Length - offset),
            QueueResult.Refused => throw new MessageNotBytesException(this),
            _ => throw new MessageTimeoutException(this, timeout, isSend: false),
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_segment.TryEnter())
        {
            return;
        }

        lock (_gate)
        {
            if (_holder >= 0)
            {
                _own.Release(_holder);
                _holder = -1;
            }

            foreach (IDisposable watch in _watches.Values)
            {
                watch.Dispose();
            }

            _watches.Clear();
        }

        if (!_own.HasHolders())
        {
            CloseBoth();
        }

        _segment.Leave();
        _segment.Dispose();
    }

    private static string KeyOf(string path, int side) => $"{path}#{side}";

    private static MemoryPipeEnd Attach(string path, int side, long token)
    {
        ChannelSegment segment;
        try
        {
            segment = ChannelSegment.Open(path, ChannelKind.Pipe);
        }
        catch (InvalidSegmentException exception)
        {
            throw new ChannelGoneException(Path.GetFileNameWithoutExtension(path), exception);
        }

        int holder = segment.Sides[side].Receive(token);
        holder = holder >= 0 ? holder : segment.Sides[side].Claim();
        if (holder < 0)
        {
            segment.Dispose();
            throw new TooManyHoldersException(Path.GetFileNameWithoutExtension(path), HolderTable.Count);
        }

        return new MemoryPipeEnd(segment, side, holder);
    }

    private SharedQueue BeginSend()
    {
        SharedQueue outgoing = _outgoing ?? throw new PipeDirectionException(this, isSend: true);
        if (!TryBegin())
        {
            throw new PipeClosedException(this, closedHere: true);
        }

        // Somebody new may hold the other side, whose death has to be noticed: nothing else would tell as long as there is room.
        if (_others.Changes != _seenChanges)
        {
            WatchOthers();
        }

        return outgoing;
    }

    private QueueResult Take<TReader>(ref TReader reader, TimeSpan timeout, CancellationToken cancellation)
        where TReader : IRecordReader
    {
        SharedQueue incoming = Incoming;
        if (!TryBegin())
        {
            throw new PipeClosedException(this, closedHere: true);
        }

        try
        {
            Deadline deadline = Deadline.After(timeout);
            QueueResult result = incoming.TryTake(ref reader, deadline, default, _check, cancellation);
            if (result == QueueResult.TimedOut && timeout == TimeSpan.Zero)
            {
                CheckNow();
                result = incoming.TryTake(ref reader, deadline, default, _check, cancellation);
            }

            return result;
        }
        finally
        {
            End();
        }
    }

    private bool TryBegin()
    {
        if (!_segment.TryEnter())
        {
            return false;
        }

        Interlocked.Increment(ref _uses);
        if (Volatile.Read(ref _holder) < 0)
        {
            lock (_gate)
            {
                Hold();
            }
        }

        return true;
    }

    private void End()
    {
        Interlocked.Decrement(ref _uses);
        _segment.Leave();
    }

    private void Hold()
    {
        if (_holder < 0 && !_segment.IsClosing)
        {
            Volatile.Write(ref _holder, _own.Claim());
        }
    }

    private void CloseBoth()
    {
        _outgoing?.Close();
        _incoming?.Close();
    }

    private void CheckNow()
    {
        if (Stopwatch.GetElapsedTime(Volatile.Read(ref _lastCheck)) >= s_leastBetweenChecks)
        {
            Check();
        }
    }

    /// <summary>What waits do now and then.</summary>
    private void Check()
    {
        PipelineStop.ThrowIfStopping();
        if (_segment.IsClosing)
        {
            throw new PipeClosedException(this, closedHere: true);
        }

        Volatile.Write(ref _lastCheck, Stopwatch.GetTimestamp());
        if (_others.Changes != _seenChanges)
        {
            WatchOthers();
        }
        else if (_hasUnwatched)
        {
            CloseIfAlone();
        }
    }

    private void CloseIfAlone()
    {
        if (!_others.HasHolders())
        {
            CloseBoth();
        }
    }

    /// <summary>Sees to it that the end of a process on the other side is noticed at once.</summary>
    private void WatchOthers()
    {
        lock (_gate)
        {
            _seenChanges = _others.Changes;
            List<long> processes = _others.GetProcesses();
            _hasUnwatched = _others.HasTravellers();
            foreach (long gone in _watches.Keys.Except(processes).ToArray())
            {
                _watches[gone].Dispose();
                _watches.Remove(gone);
            }

            foreach (long word in processes)
            {
                if (word == ProcessWord.Self || _watches.ContainsKey(word))
                {
                    continue;
                }

                if (ProcessWord.Find(word) is { } process)
                {
                    // Weakly, so that an end that nobody knows any more is closed.
                    WeakReference<MemoryPipeEnd> self = new(this);
                    _watches.Add(word, ProcessWatcher.Watch(process, () =>
                    {
                        if (self.TryGetTarget(out MemoryPipeEnd? end) && end._segment.TryEnter())
                        {
                            end.CloseIfAlone();
                            end._segment.Leave();
                        }
                    }));
                }
            }
        }

        CloseIfAlone();
    }
}

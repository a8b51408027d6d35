using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

// Putting and taking.
internal sealed partial class DurableQueue
{
    /// <inheritdoc/>
    private protected override bool PutCore(object? item, TimeSpan timeout, CancellationToken cancellation)
    {
        Enter();
        try
        {
            Deadline deadline = Deadline.After(timeout);
            return DurableItem.Write(item, (Queue: this, Deadline: deadline, Cancellation: cancellation), static (body, state) =>
                state.Queue.TryPut(body, state.Cancellation)
                || (state.Deadline.Left > TimeSpan.Zero && state.Queue.Wait(state.Queue._bell.RoomSpot, () => state.Queue.TryPut(body, state.Cancellation), state.Deadline, state.Cancellation)));
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    private protected override ChannelStatus GetCore(out object? item, TimeSpan timeout, CancellationToken cancellation)
    {
        item = null;
        Enter();
        try
        {
            ChannelStatus status = TryTake(out TakenItem taken, out byte[] body, cancellation);
            if (status == ChannelStatus.Empty && timeout != TimeSpan.Zero)
            {
                Wait(
                    _bell.ItemSpot, () => (status = TryTake(out taken, out body, cancellation)) != ChannelStatus.Empty, Deadline.After(timeout), cancellation);
            }

            if (status == ChannelStatus.Received)
            {
                item = Unpack(taken, body);
            }

            return status;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    private protected override bool JoinCore(TimeSpan timeout, CancellationToken cancellation)
    {
        Enter();
        try
        {
            return Wait(_bell.DoneSpot, IsAllDone, Deadline.After(timeout), cancellation);
        }
        finally
        {
            Leave();
        }
    }

    private bool IsAllDone()
    {
        ReclaimIfDue();
        lock (_gate)
        {
            return _storage.Count() is { Ready: 0, Leased: 0 };
        }
    }

    private bool TryPut(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        bool isPut = InTurn(
            _check,
            storage => !_bell.IsClosed ? storage.TryPut(body.Span, Settings.Capacity) : throw new QueueClosedException(this, isDrained: false),
            cancellation);
        if (isPut)
        {
            _bell.CountChange();
            _bell.ItemSpot.WakeOneIfWaiting();
        }
        else
        {
            // What the dead have takes no room, but what they gave back does.
            ReclaimIfDue();
        }

        return isPut;
    }

    private ChannelStatus TryTake(out TakenItem taken, out byte[] body, CancellationToken cancellation)
    {
        taken = default;
        body = [];
        ReclaimIfDue();

        // Asked first: what was put before the queue was closed is found by the look that follows.
        bool isClosed = _bell.IsClosed;
        long token = NextToken();
        byte[]? found = null;
        long id = 0;
        if (IsReady())
        {
            found = InTurn(_check, storage => storage.TryTake(token, QueueStorage.Now + (long)Settings.Lease.TotalMilliseconds, out id), cancellation);
        }

        if (found is null)
        {
            return isClosed ? ChannelStatus.Over : ChannelStatus.Empty;
        }

        body = found;
        taken = new TakenItem(id, token, Environment.CurrentManagedThreadId);
        Hold(taken);
        _bell.RoomSpot.WakeOneIfWaiting();
        return ChannelStatus.Received;
    }

    /// <summary>True when receiving would not wait. Asks the disk only when something may have changed since it last said no.</summary>
    private bool IsReady()
    {
        lock (_gate)
        {
            bool isClosed = _bell.IsClosed;
            long changes = _bell.Changes;
            if (changes == _emptySeen && Environment.TickCount64 < _emptyUntil)
            {
                return isClosed;
            }

            if (_storage.HasReady)
            {
                return true;
            }

            _emptySeen = changes;
            _emptyUntil = Environment.TickCount64 + (long)s_lookInterval.TotalMilliseconds;
            return isClosed;
        }
    }

    private object? Unpack(in TakenItem taken, byte[] body)
    {
        try
        {
            return DurableItem.Read(body);
        }
        catch (ProcessToolsException exception)
        {
            // Nobody can do anything with it, now or later.
            if (TryForget(taken))
            {
                TryReturn(taken, exception.Message, maxAttempts: 0);
            }

            throw;
        }
    }
}

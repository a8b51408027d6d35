using System.Globalization;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.State;

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
                state.Queue.TryPut(body, state.Deadline, state.Cancellation)
                || (state.Deadline.Left > TimeSpan.Zero && state.Queue.Wait(state.Queue._bell.RoomSpot, () => state.Queue.TryPut(body, state.Deadline, state.Cancellation), state.Deadline, state.Cancellation)));
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
            Deadline deadline = Deadline.After(timeout);
            ChannelStatus status = TryTake(out TakenItem taken, out byte[] body, deadline, cancellation);
            if (status == ChannelStatus.Empty && timeout != TimeSpan.Zero)
            {
                Wait(_bell.ItemSpot, () => (status = TryTake(out taken, out body, deadline, cancellation)) != ChannelStatus.Empty, deadline, cancellation);
            }

            if (status == ChannelStatus.Received)
            {
                item = Unpack(taken, body);
                Hold(new HeldItem(taken, CallerRunspace.Id, LeaseEnd(), item));
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

    private bool TryPut(ReadOnlyMemory<byte> body, Deadline deadline, CancellationToken cancellation)
    {
        bool isPut = InTurn(
            storage => !_bell.IsClosed ? storage.TryPut(body.Span, Settings.Capacity) : throw new QueueClosedException(this, isDrained: false),
            deadline,
            whenOver: false,
            cancellation,
            mayUseReserve: false);
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

    private ChannelStatus TryTake(out TakenItem taken, out byte[] body, Deadline deadline, CancellationToken cancellation)
    {
        taken = default;
        body = [];
        ReclaimIfDue();

        // Asked first: what was put before the queue was closed is found by the look that follows.
        bool isClosed = _bell.IsClosed;
        long token = NextToken();
        long id = 0;
        byte[]? found = HasReady() ? InTurn(storage => storage.TryTake(token, QueueStorage.Now + (long)Settings.Lease.TotalMilliseconds, out id), deadline, whenOver: null, cancellation) : null;
        if (found is null)
        {
            return isClosed && IsDrained() ? ChannelStatus.Over : ChannelStatus.Empty;
        }

        body = found;
        taken = new TakenItem(id, token);
        _bell.RoomSpot.WakeOneIfWaiting();
        return ChannelStatus.Received;
    }

    /// <summary>True when receiving would not wait.</summary>
    private bool IsReady() => HasReady() || (_bell.IsClosed && IsDrained());

    /// <summary>True when an item waits. Asks the disk only when something may have changed since it last said no.</summary>
    private bool HasReady()
    {
        lock (_gate)
        {
            long changes = _bell.Changes;
            if (changes == _emptySeen && Environment.TickCount64 < _emptyUntil)
            {
                return false;
            }

            if (_storage.HasReady)
            {
                return true;
            }

            _emptySeen = changes;
            _emptyUntil = Environment.TickCount64 + (long)s_lookInterval.TotalMilliseconds;
            return false;
        }
    }

    /// <summary>True when nothing waits and nothing will come back. What other processes have in hand may, when they die; what this one has does not while it asks.</summary>
    private bool IsDrained()
    {
        lock (_gate)
        {
            return _storage.IsDrained(IsOurs);
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
            TakenItem item = taken;
            InTurn(storage => storage.TryGiveBack(item, exception.Message, maxAttempts: 0, isAttempt: true));
            ItemsAreBack();
            throw new InvalidDataFrameException(
                string.Create(CultureInfo.InvariantCulture, $"Item {item.Id} of the queue '{this}' cannot be read, and is a dead letter now: {exception.Message} See DeadLetters; the next items are not affected."), exception);
        }
    }
}

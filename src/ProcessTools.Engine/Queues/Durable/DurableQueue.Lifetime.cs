using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

// Entering and leaving, so that the file is closed when nobody uses it, and waiting.
internal sealed partial class DurableQueue
{
    /// <inheritdoc/>
    ParkingSpot Channels.IWaitable.ItemSpot => _bell.ItemSpot;

    /// <inheritdoc/>
    bool Channels.IWaitable.IsReady => Read(static queue => queue.IsReady(), whenGone: true);

    /// <inheritdoc/>
    bool Channels.IWaitable.TryEnter() => _uses.TryEnter();

    /// <inheritdoc/>
    void Channels.IWaitable.Leave() => Leave();

    /// <inheritdoc/>
    void Channels.IWaitable.CheckPeers()
    {
        // A queue is not over when its producers are gone: others may come. But what dead consumers have comes back.
        ReclaimIfDue();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_uses.TryClose())
        {
            return;
        }

        if (disposing)
        {
            GiveBackAll();
            _bell.WakeAll();
        }

        Leave();
    }

    private void Enter()
    {
        if (!_uses.TryEnter())
        {
            throw new QueueClosedException(this, isDrained: false);
        }
    }

    private void Leave()
    {
        if (_uses.Leave())
        {
            _storage.Dispose();
            _bell.Dispose();
        }
    }

    private T Read<T>(Func<DurableQueue, T> read, T whenGone)
    {
        if (!_uses.TryEnter())
        {
            return whenGone;
        }

        try
        {
            return read(this);
        }
        catch (ProcessToolsException exception)
        {
            throw new SharedPropertyException(exception);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits until something is so.</summary>
    /// <param name="spot">Where to sleep; whoever changes what is looked at wakes it afterwards.</param>
    /// <param name="look">Looks, and does what is to be done then.</param>
    /// <param name="deadline">When the time is over.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    private bool Wait(ParkingSpot spot, Func<bool> look, Deadline deadline, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = SharedWait.WakeWhenCancelled(spot, cancellation);
        try
        {
            while (true)
            {
                // The order matters (see ParkingSpot): first say that we wait, then look.
                int ticket = spot.Announce();
                if (look())
                {
                    return true;
                }

                if (!Sleep(spot, ticket, deadline, cancellation))
                {
                    return false;
                }
            }
        }
        finally
        {
            // A wake-up is for one: the next may have something to do as well, or instead.
            spot.WakeOne();
        }
    }

    /// <summary>Sleeps until woken, or until it is time to look at the disk again.</summary>
    private bool Sleep(ParkingSpot spot, int ticket, Deadline deadline, CancellationToken cancellation)
    {
        Deadline look = Deadline.After(s_lookInterval);
        do
        {
            cancellation.ThrowIfCancellationRequested();
            Check();
            TimeSpan left = deadline.Left;
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            spot.Park(ticket, left < SharedWait.Slice ? left : SharedWait.Slice);
        }
        while (spot.IsCurrent(ticket) && look.Left > TimeSpan.Zero);
        return true;
    }
}

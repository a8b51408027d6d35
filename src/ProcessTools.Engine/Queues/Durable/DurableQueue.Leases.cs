using System.Security.Cryptography;

namespace ProcessTools.Engine.Queues.Durable;

// The items that this process has on lease.
internal sealed partial class DurableQueue
{
    // Those of which this process has items: were one collected, nobody could report its items.
    private static readonly HashSet<DurableQueue> s_holding = [];

    private static long s_lastToken = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    private readonly List<TakenItem> _held = [];

    /// <inheritdoc/>
    public override void TaskDone() => End(item => InTurn(_check, storage => storage.TryFinish(item)));

    /// <inheritdoc/>
    public override void GiveBack(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        End(item => TryReturn(item, reason));
    }

    /// <inheritdoc/>
    public override long Renew()
    {
        Enter();
        try
        {
            TakenItem[] items;
            lock (_held)
            {
                items = [.. _held];
            }

            return items.Length == 0
                ? 0
                : InTurn(_check, storage => storage.Renew(items, QueueStorage.Now + (long)Settings.Lease.TotalMilliseconds));
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override long RequeueDeadLetters()
    {
        Enter();
        try
        {
            Reclaim();
            long count = InTurn(_check, static storage => storage.RequeueDead());
            ItemsAreBack();
            return count;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override long ClearDeadLetters()
    {
        Enter();
        try
        {
            Reclaim();
            return InTurn(_check, static storage => storage.ClearDead());
        }
        finally
        {
            Leave();
        }
    }

    private static long NextToken() => Interlocked.Increment(ref s_lastToken);

    /// <summary>Ends the lease of the item that is this thread's turn, or this process's.</summary>
    private void End(Func<TakenItem, bool> end)
    {
        Enter();
        try
        {
            TakenItem item = Choose();
            bool isTried = false;
            bool isEnded;
            try
            {
                isEnded = end(item);
                isTried = true;
            }
            finally
            {
                if (!isTried)
                {
                    // It is there still: it can be tried again.
                    Hold(item, atFront: true);
                }
            }

            if (!isEnded)
            {
                throw new LeaseLostException(this, item.Id);
            }

            _bell.DoneSpot.WakeIfWaiting();
        }
        finally
        {
            Leave();
        }
    }

    private TakenItem Choose()
    {
        lock (_held)
        {
            if (_held.Count == 0)
            {
                throw new TaskDoneException(this);
            }

            int thread = Environment.CurrentManagedThreadId;
            TakenItem item = _held[Math.Max(0, _held.FindIndex(held => held.Thread == thread))];
            Forget(item);
            return item;
        }
    }

    private void Hold(TakenItem item, bool atFront = false)
    {
        lock (_held)
        {
            _held.Insert(atFront ? 0 : _held.Count, item);
            if (_held.Count == 1)
            {
                lock (s_holding)
                {
                    s_holding.Add(this);
                }
            }
        }
    }

    private bool TryForget(TakenItem item)
    {
        lock (_held)
        {
            return Forget(item);
        }
    }

    private bool Forget(TakenItem item)
    {
        bool isThere = _held.Remove(item);
        if (_held.Count == 0)
        {
            lock (s_holding)
            {
                s_holding.Remove(this);
            }
        }

        return isThere;
    }

    private bool TryReturn(TakenItem item, string reason, int? maxAttempts = null)
    {
        bool isReturned = InTurn(null, storage => storage.TryGiveBack(item, reason, maxAttempts ?? Settings.MaxAttempts));
        ItemsAreBack();
        return isReturned;
    }

    /// <summary>Gives back all that this process has: it will report nothing any more.</summary>
    private void GiveBackAll()
    {
        TakenItem[] items;
        lock (_held)
        {
            items = [.. _held];
            _held.Clear();
            lock (s_holding)
            {
                s_holding.Remove(this);
            }
        }

        try
        {
            foreach (TakenItem item in items)
            {
                TryReturn(item, $"process {Environment.ProcessId} let go of the queue without reporting it");
            }
        }
        catch (ProcessToolsException)
        {
            // They go back when this process has ended, or when their leases have.
        }
    }
}

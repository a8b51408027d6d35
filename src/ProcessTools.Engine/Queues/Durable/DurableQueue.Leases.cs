using System.Security.Cryptography;
using ProcessTools.Engine.State;

namespace ProcessTools.Engine.Queues.Durable;

// The items that this process has on lease.
internal sealed partial class DurableQueue
{
    // Those of which this process has items: were one collected, nobody could report its items.
    private static readonly HashSet<DurableQueue> s_holding = [];

    // At exit the items go back by the death of the process as well, so it is not held up for long.
    private static readonly TimeSpan s_exitPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_stopPatience = TimeSpan.FromMilliseconds(100);

    // Items that were never reported, and went back long ago, are looked for from so many on.
    private const int LeastForgotten = 256;

    private static long s_lastToken = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    private readonly List<HeldItem> _held = [];
    private int _forgetAt = LeastForgotten;

    /// <inheritdoc/>
    public override void TaskDone() => End(ChooseLast(), Finish);

    /// <inheritdoc/>
    public override void TaskDone(object? item) => End(ChooseNamed(item), Finish);

    /// <inheritdoc/>
    public override void GiveBack(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        End(ChooseLast(), item => TryReturn(item, reason));
    }

    /// <inheritdoc/>
    public override void GiveBack(object? item, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        End(ChooseNamed(item), held => TryReturn(held, reason));
    }

    /// <inheritdoc/>
    internal override void ReturnUndelivered(object? message, string? fault)
    {
        if (FindNamed(message) is not { } item || !_uses.TryEnter())
        {
            return;
        }

        try
        {
            // Who stops has not tried, so that is no attempt. Nor does he wait: if there is no turn to be had at once, the item goes back with its lease.
            if (TryForget(item)
                && TryInTurn(storage => storage.TryGiveBack(item.Taken, fault ?? string.Empty, Settings.MaxAttempts, isAttempt: fault is not null), s_stopPatience, check: null, CancellationToken.None, out _))
            {
                ItemsAreBack();
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override long Renew()
    {
        Enter();
        try
        {
            long ends = LeaseEnd();
            TakenItem[] items;
            lock (_held)
            {
                _held.ForEach(held => held.Ends = ends);
                items = [.. _held.Select(static held => held.Taken)];
            }

            return items.Length == 0 ? 0 : InTurn(storage => storage.Renew(items, ends));
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
            long count = InTurn(static storage => storage.RequeueDead());
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
            return InTurn(static storage => storage.ClearDead());
        }
        finally
        {
            Leave();
        }
    }

    private static long NextToken() => Interlocked.Increment(ref s_lastToken);

    private long LeaseEnd() => QueueStorage.Now + (long)CurrentSettings().Lease.TotalMilliseconds;

    private bool Finish(TakenItem item) => InTurn(storage => storage.TryFinish(item));

    /// <summary>Ends the lease of an item.</summary>
    private void End(HeldItem item, Func<TakenItem, bool> end)
    {
        Enter();
        try
        {
            if (!TryForget(item))
            {
                // Another thread was faster, or the queue was disposed of.
                throw new TaskDoneException(this);
            }

            bool isTried = false;
            bool isEnded;
            try
            {
                isEnded = end(item.Taken);
                isTried = true;
            }
            finally
            {
                if (!isTried)
                {
                    // It is there still: it can be tried again.
                    Hold(item);
                }
            }

            if (!isEnded)
            {
                throw new LeaseLostException(this, item.Taken.Id);
            }

            _bell.DoneSpot.WakeIfWaiting();
            if (_bell.IsClosed)
            {
                // Consumers wait for what may come back.
                _bell.CountChange();
                _bell.ItemSpot.Wake();
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The item that this runspace has taken last: the one that is in its hand, whatever became of those before.</summary>
    private HeldItem ChooseLast()
    {
        int runspace = CallerRunspace.Id;
        lock (_held)
        {
            return _held.FindLast(held => held.Runspace == runspace) ?? throw new TaskDoneException(this, _held.Count);
        }
    }

    private HeldItem ChooseNamed(object? item) => FindNamed(item) ?? throw new TaskDoneException(this, item);

    /// <summary>Finds an item by itself or, where that is all there is to it, by its value.</summary>
    private HeldItem? FindNamed(object? item)
    {
        object? bare = HeldItem.Bare(item);
        lock (_held)
        {
            return _held.FindLast(held => ReferenceEquals(held.Item, bare)) ?? _held.FindLast(held => held.Item is string or ValueType && held.Item.Equals(bare));
        }
    }

    private void Hold(HeldItem item)
    {
        lock (_held)
        {
            _held.Add(item);
            if (_held.Count == 1)
            {
                lock (s_holding)
                {
                    s_holding.Add(this);
                }
            }
            else if (_held.Count >= _forgetAt)
            {
                // Their leases ended so long ago that whoever takes items and reports them has got others since.
                long now = QueueStorage.Now;
                _held.RemoveAll(held => held.Ends + (long)_settings.Lease.TotalMilliseconds < now);
                _forgetAt = Math.Max(LeastForgotten, 2 * _held.Count);
            }
        }
    }

    private bool TryForget(HeldItem item)
    {
        lock (_held)
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
    }

    private bool IsOurs(long token)
    {
        lock (_held)
        {
            return _held.Exists(held => held.Taken.Token == token);
        }
    }

    private bool TryReturn(TakenItem item, string reason)
    {
        bool isReturned = InTurn(storage => storage.TryGiveBack(item, reason, Settings.MaxAttempts, isAttempt: true));
        ItemsAreBack();
        return isReturned;
    }

    /// <summary>Gives back all that this process has: it will report nothing any more.</summary>
    private void GiveBackAll()
    {
        List<(TakenItem Item, string Reason)> items;
        lock (_held)
        {
            items = [.. _held.Select(static held => (held.Taken, $"process {Environment.ProcessId} let go of the queue without reporting it"))];
            _held.Clear();
            lock (s_holding)
            {
                s_holding.Remove(this);
            }
        }

        if (items.Count == 0)
        {
            return;
        }

        try
        {
            // If there is no turn to be had in time, they go back when this process has ended, or when their leases have.
            TryInTurn(storage => storage.GiveBack(items, Settings.MaxAttempts), s_exitPatience, check: null, CancellationToken.None, out _);
            ItemsAreBack();
        }
        catch (ProcessToolsException)
        {
            // Likewise.
        }
    }
}

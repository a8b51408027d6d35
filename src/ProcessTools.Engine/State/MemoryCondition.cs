using System.Management.Automation;
using System.Runtime.ExceptionServices;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A condition in shared memory: a <see cref="ConditionQueue"/> beside a re-entrant lock of its own, which is left alone when it works with another.</summary>
internal sealed unsafe class MemoryCondition : SharedCondition
{
    private const int QueueOffset = 64;

    // Whoever is stopped by Ctrl+C has most likely a 'finally' that releases the lock, which must not be somebody else's then; but it cannot wait for ever.
    private static readonly TimeSpan s_stoppedPatience = TimeSpan.FromSeconds(1);

    private readonly SyncSegment _segment;
    private readonly ConditionQueue _queue;
    private readonly IConditionLock _lock;

    private MemoryCondition(SharedState state, string name, SyncSegment segment, SharedLockable conditionLock)
        : base(state, name)
    {
        _segment = segment;
        _queue = new ConditionQueue(segment.Body + QueueOffset);
        _lock = conditionLock as IConditionLock ?? throw new ArgumentException("A condition works with a Lock or an RLock.", nameof(conditionLock));
        Lock = conditionLock;
    }

    /// <inheritdoc/>
    public override SharedLockable Lock { get; }

    /// <inheritdoc/>
    public override bool WasAbandoned => Lock.WasAbandoned;

    /// <inheritdoc/>
    public override int Waiting
    {
        get
        {
            int waiting = _queue.Waiting;
            GC.KeepAlive(_segment);
            return waiting;
        }
    }

    /// <summary>Makes the memory of one.</summary>
    public static SyncSegment Create(SyncOptions options) => SyncSegment.Create(options, QueueOffset + ConditionQueue.Size);

    /// <summary>Uses one.</summary>
    public static MemoryCondition Open(SharedState state, string name, SyncSegment segment, SharedLockable? conditionLock) =>
        new(state, name, segment, conditionLock ?? MemoryRLock.Open(state, name, segment));

    /// <inheritdoc/>
    public override void Release() => Lock.Release();

    /// <inheritdoc/>
    public override void Notify(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ThrowIfNotHeld("be notified");
        _queue.Notify(count);
        GC.KeepAlive(_segment);
    }

    private protected override bool AcquireCore(TimeSpan timeout, CancellationToken cancellation) => Lock.Acquire(timeout, cancellation);

    private protected override bool WaitCore(TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowIfNotHeld("be waited for");
        Deadline deadline = Deadline.After(timeout);
        int slot = _queue.List(SyncWait.Check);
        if (slot < 0)
        {
            throw new TooManyHoldersException(Name, ConditionQueue.MostWaiters);
        }

        FaultPoints.Reached(FaultPoint.ConditionListed);
        int depth = _lock.ReleaseAll();
        FaultPoints.Reached(FaultPoint.ConditionWaiting);
        ExceptionDispatchInfo? end = null;
        try
        {
            _queue.Wait(slot, deadline, SyncWait.Check, cancellation);
        }
        catch (Exception exception) when (exception is OperationCanceledException or PipelineStoppedException)
        {
            end = ExceptionDispatchInfo.Capture(exception);
        }

        FaultPoints.Reached(FaultPoint.ConditionWoken);
        end = AcquireAgain(depth, end);
        FaultPoints.Reached(FaultPoint.ConditionLocked);
        bool isStopped = end?.SourceException is PipelineStoppedException;
        bool isNotified = _queue.Leave(slot, passesOn: isStopped);
        GC.KeepAlive(_segment);
        if (isStopped || !isNotified)
        {
            end?.Throw();
        }

        // A notification that came together with the cancellation counts: nobody else gets it.
        return isNotified;
    }

    private protected override bool WaitForCore(ScriptBlock predicate, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        ThrowIfNotHeld("be waited for");
        Deadline deadline = Deadline.After(timeout);
        while (!LanguagePrimitives.IsTrue(predicate.InvokeReturnAsIs()))
        {
            TimeSpan left = deadline.Left;
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            WaitCore(left == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : left, default);
        }

        return true;
    }

    /// <summary>Acquires the lock after a wait, as long as it takes, or for a moment when Ctrl+C has ended the wait or ends this.</summary>
    /// <returns>What the wait ends with.</returns>
    private ExceptionDispatchInfo? AcquireAgain(int depth, ExceptionDispatchInfo? end)
    {
        if (end?.SourceException is not PipelineStoppedException)
        {
            try
            {
                _lock.AcquireAgain(depth, Timeout.InfiniteTimeSpan, SyncWait.Check);
                return end;
            }
            catch (PipelineStoppedException exception)
            {
                end = ExceptionDispatchInfo.Capture(exception);
            }
        }

        _lock.AcquireAgain(depth, s_stoppedPatience, null);
        return end;
    }

    private void ThrowIfNotHeld(string use)
    {
        if (!_lock.IsHeldByCaller)
        {
            throw new LockNotHeldException(this, $"cannot {use} by who does not hold its lock. Acquire it first.");
        }
    }
}

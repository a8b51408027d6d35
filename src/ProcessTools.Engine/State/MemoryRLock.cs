using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A re-entrant lock in shared memory: of its own, or a part of another object's.</summary>
internal sealed unsafe class MemoryRLock : SharedRLock, IConditionLock
{
    /// <summary>The bytes that one takes, aligned to 8; zeros at first.</summary>
    public const int Size = RecursiveMutex.Size;

    private readonly SyncSegment _segment;
    private readonly RecursiveMutex _mutex;

    private MemoryRLock(SharedState state, string name, SyncSegment segment, int offset)
        : base(state, name)
    {
        _segment = segment;
        _mutex = new RecursiveMutex(segment.Body + offset);
    }

    /// <inheritdoc/>
    public override bool IsLocked => HolderProcessId is not null;

    /// <inheritdoc/>
    public override bool IsHeld
    {
        get
        {
            bool isHeld = _mutex.IsHeldBy(CallerRunspace.Id);
            GC.KeepAlive(_segment);
            return isHeld;
        }
    }

    /// <inheritdoc/>
    public override int Depth
    {
        get
        {
            int depth = IsLocked ? _mutex.Depth : 0;
            GC.KeepAlive(_segment);
            return depth;
        }
    }

    /// <inheritdoc/>
    public override int? HolderProcessId
    {
        get
        {
            int? id = SyncWait.LivingProcessId(_mutex.Owner);
            GC.KeepAlive(_segment);
            return id;
        }
    }

    /// <inheritdoc/>
    public override bool WasAbandoned
    {
        get
        {
            bool wasAbandoned = _mutex.IsAbandoned;
            GC.KeepAlive(_segment);
            return wasAbandoned;
        }
    }

    /// <summary>Makes the memory of one.</summary>
    public static SyncSegment Create(SyncOptions options) => SyncSegment.Create(options, Size);

    /// <summary>Uses one.</summary>
    /// <param name="state">The state that it lives in.</param>
    /// <param name="name">Its name, or that of the object that it is a part of.</param>
    /// <param name="segment">The memory.</param>
    /// <param name="offset">Where in <see cref="SyncSegment.Body"/> it is.</param>
    public static MemoryRLock Open(SharedState state, string name, SyncSegment segment, int offset = 0) => new(state, name, segment, offset);

    /// <inheritdoc/>
    public override void Release()
    {
        bool wasHeld = _mutex.TryRelease(CallerRunspace.Id);
        GC.KeepAlive(_segment);
        if (!wasHeld)
        {
            throw new LockNotHeldException(this, "is not held by this runspace, and only its holder releases it.");
        }
    }

    /// <inheritdoc/>
    bool IConditionLock.IsHeldByCaller => IsHeld;

    /// <inheritdoc/>
    int IConditionLock.ReleaseAll()
    {
        int depth = _mutex.ReleaseAll();
        GC.KeepAlive(_segment);
        return depth;
    }

    /// <inheritdoc/>
    bool IConditionLock.AcquireAgain(int depth, TimeSpan timeout, Action? check)
    {
        bool isAcquired = _mutex.Acquire(CallerRunspace.Id, timeout, check, default) != MutexResult.TimedOut;
        if (isAcquired)
        {
            _mutex.SetDepth(depth);
        }

        GC.KeepAlive(_segment);
        return isAcquired;
    }

    private protected override bool AcquireCore(TimeSpan timeout, CancellationToken cancellation)
    {
        MutexResult result = _mutex.Acquire(CallerRunspace.Id, timeout, SyncWait.Check, cancellation);
        GC.KeepAlive(_segment);
        return result != MutexResult.TimedOut;
    }
}

using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A lock in shared memory: a <see cref="SharedMutex"/> and, beside it, the runspace that took it last.</summary>
/// <remarks>
/// The runspace is written after the lock was taken and serves to refuse a condition's use by those who do not hold the lock. When somebody else releases the lock before its holder has written it, it is wrong until the next
/// acquires; nothing but that refusal depends on it.
/// </remarks>
internal sealed unsafe class MemoryLock : SharedLock, IConditionLock
{
    private const int RunspaceOffset = SharedMutex.Size;

    private readonly SyncSegment _segment;
    private readonly SharedMutex _mutex;
    private readonly int* _runspace;

    private MemoryLock(SharedState state, string name, SyncSegment segment)
        : base(state, name)
    {
        _segment = segment;
        _mutex = new SharedMutex(segment.Body);
        _runspace = (int*)(segment.Body + RunspaceOffset);
    }

    /// <inheritdoc/>
    public override bool IsLocked => HolderProcessId is not null;

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

    /// <inheritdoc/>
    bool IConditionLock.IsHeldByCaller
    {
        get
        {
            bool isHeld = _mutex.Owner == ProcessWord.Self && *_runspace == CallerRunspace.Id;
            GC.KeepAlive(_segment);
            return isHeld;
        }
    }

    /// <summary>Makes the memory of one.</summary>
    public static SyncSegment Create(SyncOptions options) => SyncSegment.Create(options, RunspaceOffset + sizeof(long));

    /// <summary>Uses one.</summary>
    public static MemoryLock Open(SharedState state, string name, SyncSegment segment) => new(state, name, segment);

    /// <inheritdoc/>
    public override void Release()
    {
        bool wasHeld = _mutex.TryRelease();
        GC.KeepAlive(_segment);
        if (!wasHeld)
        {
            throw new LockNotHeldException(this, "is not held by anybody, so it cannot be released.");
        }
    }

    /// <inheritdoc/>
    int IConditionLock.ReleaseAll()
    {
        // Anybody may have released it just now.
        _mutex.TryRelease();
        GC.KeepAlive(_segment);
        return 1;
    }

    /// <inheritdoc/>
    bool IConditionLock.AcquireAgain(int depth, TimeSpan timeout, Action? check) => Acquire(timeout, check, default);

    private protected override bool AcquireCore(TimeSpan timeout, CancellationToken cancellation) => Acquire(timeout, SyncWait.Check, cancellation);

    private bool Acquire(TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        MutexResult result = _mutex.Acquire(timeout, check, cancellation);
        bool isAcquired = result != MutexResult.TimedOut;
        if (isAcquired)
        {
            *_runspace = CallerRunspace.Id;
        }

        GC.KeepAlive(_segment);
        return isAcquired;
    }
}

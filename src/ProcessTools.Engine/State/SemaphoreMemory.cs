using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>What the two kinds of semaphore in shared memory have in common: all but their type.</summary>
/// <remarks><see cref="SharedLockable.WasAbandoned"/> of a semaphore: this process took a permit that a dead process had held, and has released none since.</remarks>
internal sealed unsafe class SemaphoreMemory
{
    private readonly SyncSegment _segment;
    private readonly PermitPool _pool;

    /// <summary>Uses one.</summary>
    public SemaphoreMemory(SyncSegment segment)
    {
        _segment = segment;
        _pool = new PermitPool(segment.Body);
    }

    /// <summary>How many permits are free, those of the dead too.</summary>
    public int Value
    {
        get
        {
            if (_pool.Value < _pool.Initial)
            {
                _pool.Reclaim();
            }

            int value = _pool.Value;
            GC.KeepAlive(_segment);
            return value;
        }
    }

    /// <summary>How many there were at first.</summary>
    public int Initial => _segment.Options.Count;

    /// <summary>How many of the dead came back.</summary>
    public long Reclaimed
    {
        get
        {
            long reclaimed = _pool.Reclaimed;
            GC.KeepAlive(_segment);
            return reclaimed;
        }
    }

    /// <summary>True when this process has one of the dead.</summary>
    public bool WasAbandoned
    {
        get
        {
            bool wasAbandoned = _pool.HasFresh;
            GC.KeepAlive(_segment);
            return wasAbandoned;
        }
    }

    /// <summary>Makes the memory of one.</summary>
    public static SyncSegment Create(SyncOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Count, "initial");
        int most = options.Kind == SharedObjectKind.BoundedSemaphore ? options.Count : int.MaxValue;
        return SyncSegment.Create(options, PermitPool.Size, memory => PermitPool.Format((byte*)memory, options.Count, most));
    }

    /// <summary>Takes a permit.</summary>
    public bool Acquire(TimeSpan timeout, CancellationToken cancellation)
    {
        bool isAcquired = _pool.Take(timeout, SyncWait.Check, cancellation);
        GC.KeepAlive(_segment);
        return isAcquired;
    }

    /// <summary>Gives permits back.</summary>
    /// <param name="semaphore">The semaphore that this is.</param>
    /// <param name="count">How many.</param>
    public void Release(SharedSemaphore semaphore, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        bool isReleased = _pool.Give(count);
        GC.KeepAlive(_segment);
        if (!isReleased)
        {
            throw new SemaphoreOverReleaseException(semaphore, count);
        }
    }
}

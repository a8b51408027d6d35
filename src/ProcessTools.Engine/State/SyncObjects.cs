using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>Makes and opens the locks, semaphores, events, conditions and barriers, which live directly in shared memory.</summary>
internal static class SyncObjects
{
    /// <summary>Makes the memory of one: the part of the state's hub.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static SyncSegment Create(SyncOptions options) => options.Kind switch
    {
        SharedObjectKind.Lock => MemoryLock.Create(options),
        SharedObjectKind.RLock => MemoryRLock.Create(options),
        SharedObjectKind.Semaphore or SharedObjectKind.BoundedSemaphore => SemaphoreMemory.Create(options),
        SharedObjectKind.Event => MemoryEvent.Create(options),
        SharedObjectKind.Condition => MemoryCondition.Create(options),
        SharedObjectKind.Barrier => MemoryBarrier.Create(options),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "It is none of the locks."),
    };

    /// <summary>Uses one: the part of a client. The segment is the object's from now on.</summary>
    /// <param name="state">The state that it lives in.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="segment">Its memory.</param>
    /// <param name="conditionLock">The lock that a condition was made with; null for its own.</param>
    /// <param name="action">What a barrier's last party runs, or null.</param>
    public static SharedObject Open(SharedState state, string name, SyncSegment segment, SharedLockable? conditionLock = null, ScriptBlock? action = null) => segment.Options.Kind switch
    {
        SharedObjectKind.Lock => MemoryLock.Open(state, name, segment),
        SharedObjectKind.RLock => MemoryRLock.Open(state, name, segment),
        SharedObjectKind.Semaphore => MemorySemaphore.Open(state, name, segment),
        SharedObjectKind.BoundedSemaphore => MemoryBoundedSemaphore.Open(state, name, segment),
        SharedObjectKind.Event => MemoryEvent.Open(state, name, segment),
        SharedObjectKind.Condition => MemoryCondition.Open(state, name, segment, conditionLock),
        SharedObjectKind.Barrier => MemoryBarrier.Open(state, name, segment, action),
        _ => throw new ArgumentOutOfRangeException(nameof(segment), segment.Options.Kind, "It is none of the locks."),
    };
}

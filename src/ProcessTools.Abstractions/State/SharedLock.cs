namespace ProcessTools;

/// <summary>
/// A lock between processes, and between the runspaces of one (Python's <c>Lock</c>). Whoever holds it does not get it again before it is released, and anybody may release it. When its holder dies, the next
/// who waits gets it, and <see cref="SharedLockable.WasAbandoned"/> says so.
/// </summary>
public abstract class SharedLock : SharedLockable
{
    private protected SharedLock(SharedState state, string name)
        : base(state, name, SharedObjectKind.Lock)
    {
    }

    /// <summary>True while somebody who lives holds it.</summary>
    public abstract bool IsLocked { get; }

    /// <summary>The id of the process that holds it, or null.</summary>
    public abstract int? HolderProcessId { get; }
}

namespace ProcessTools;

/// <summary>
/// A re-entrant lock between processes, and between the runspaces of one (Python's <c>RLock</c>): whoever holds it may acquire it again, and releases it as often. Only its holder may release it. When its holder dies,
/// the next who waits gets it, and <see cref="SharedLockable.WasAbandoned"/> says so.
/// </summary>
public abstract class SharedRLock : SharedLockable
{
    private protected SharedRLock(SharedState state, string name)
        : base(state, name, SharedObjectKind.RLock)
    {
    }

    /// <summary>True while somebody who lives holds it.</summary>
    public abstract bool IsLocked { get; }

    /// <summary>True while this runspace of this process holds it.</summary>
    public abstract bool IsHeld { get; }

    /// <summary>How many releases its holder owes; 0 when nobody holds it.</summary>
    public abstract int Depth { get; }

    /// <summary>The id of the process that holds it, or null.</summary>
    public abstract int? HolderProcessId { get; }
}

namespace ProcessTools;

/// <summary>
/// A number of permits that processes share (Python's <c>Semaphore</c>). Anybody may release. Permits that a process held when it died come back, up to the number that there were at first;
/// <see cref="SharedLockable.WasAbandoned"/> and <see cref="Reclaimed"/> say so.
/// </summary>
public abstract class SharedSemaphore : SharedLockable
{
    private protected SharedSemaphore(SharedState state, string name, SharedObjectKind kind)
        : base(state, name, kind)
    {
    }

    /// <summary>How many permits are free at this instant (Python's <c>get_value</c>).</summary>
    public abstract int Value { get; }

    /// <summary>How many there were at first.</summary>
    public abstract int Initial { get; }

    /// <summary>How many permits of processes that died came back so far.</summary>
    public abstract long Reclaimed { get; }

    /// <inheritdoc/>
    public override void Release() => Release(1);

    /// <summary>Releases several permits.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    /// <exception cref="SemaphoreOverReleaseException">There would be more than the semaphore can have; none was released.</exception>
    public abstract void Release(int count);
}

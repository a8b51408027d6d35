namespace ProcessTools;

/// <summary>
/// What can be acquired and released, as Python's <c>with</c> does: a lock, a re-entrant lock, a semaphore, a condition. <c>Use-SharedLock</c> takes any. A timeout is a number of seconds, fractions allowed, or a
/// TimeSpan; left out, the call waits. Ctrl+C ends every wait. To acquire and to release what nobody else wants costs no system call.
/// </summary>
public abstract class SharedLockable : SharedObject
{
    private protected SharedLockable(SharedState state, string name, SharedObjectKind kind)
        : base(state, name, kind)
    {
    }

    /// <summary>
    /// True when a holder died without releasing it, and whoever holds it now took it over: what it protects may be half changed. Stays true until the release.
    /// </summary>
    public abstract bool WasAbandoned { get; }

    /// <summary>Acquires it; waits as long as it takes.</summary>
    /// <returns>True.</returns>
    public bool Acquire() => AcquireCore(Timeout.InfiniteTimeSpan, default);

    /// <summary>Acquires it; waits no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds; 0 does not wait.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Acquire(double timeoutSeconds) => AcquireCore(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)), default);

    /// <summary>Acquires it; waits no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; it was not acquired.</exception>
    public bool Acquire(TimeSpan timeout, CancellationToken cancellation = default) => AcquireCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Releases it.</summary>
    /// <exception cref="LockNotHeldException">It is not held, or by somebody whose release it must be.</exception>
    public abstract void Release();

    private protected abstract bool AcquireCore(TimeSpan timeout, CancellationToken cancellation);
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// Processes that hold a lock wait here, without it, until another that holds it notifies them (Python's <c>Condition</c>). Its lock is a <see cref="SharedRLock"/> of its own, or the one it was made with; to acquire and
/// release the condition is to acquire and release that. A notification whose receiver dies goes to another.
/// </summary>
public abstract class SharedCondition : SharedLockable
{
    private protected SharedCondition(SharedState state, string name)
        : base(state, name, SharedObjectKind.Condition)
    {
    }

    /// <summary>The lock.</summary>
    public abstract SharedLockable Lock { get; }

    /// <summary>How many wait.</summary>
    public abstract int Waiting { get; }

    /// <summary>Releases the lock, waits to be notified, and acquires the lock again.</summary>
    /// <returns>True.</returns>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public bool Wait() => WaitCore(Timeout.InfiniteTimeSpan, default);

    /// <summary>Releases the lock, waits to be notified, no longer than the time given, and acquires the lock again, for which it waits as long as it takes.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public bool Wait(double timeoutSeconds) => WaitCore(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)), default);

    /// <summary>Releases the lock, waits to be notified, no longer than the time given, and acquires the lock again, for which it waits as long as it takes.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the lock is held again.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellation = default) => WaitCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Waits until a script block is true; it is asked with the lock held, at once and after each notification.</summary>
    /// <param name="predicate">The script block.</param>
    /// <returns>True.</returns>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public bool WaitFor(ScriptBlock predicate) => WaitForCore(predicate, Timeout.InfiniteTimeSpan);

    /// <summary>Waits until a script block is true, no longer than the time given.</summary>
    /// <param name="predicate">The script block; it is asked with the lock held, at once and after each notification.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>What the script block said last.</returns>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public bool WaitFor(ScriptBlock predicate, double timeoutSeconds) => WaitForCore(predicate, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits until a script block is true, no longer than the time given.</summary>
    /// <param name="predicate">The script block; it is asked with the lock held, at once and after each notification.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>What the script block said last.</returns>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public bool WaitFor(ScriptBlock predicate, TimeSpan timeout) => WaitForCore(predicate, WaitTime.Checked(timeout, nameof(timeout)));

    /// <summary>Wakes one that waits.</summary>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public void Notify() => Notify(1);

    /// <summary>Wakes some of those that wait, the longest waiting first.</summary>
    /// <param name="count">How many at most.</param>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public abstract void Notify(int count);

    /// <summary>Wakes all that wait.</summary>
    /// <exception cref="LockNotHeldException">The caller does not hold the lock.</exception>
    public void NotifyAll() => Notify(int.MaxValue);

    private protected abstract bool WaitCore(TimeSpan timeout, CancellationToken cancellation);

    private protected abstract bool WaitForCore(ScriptBlock predicate, TimeSpan timeout);
}

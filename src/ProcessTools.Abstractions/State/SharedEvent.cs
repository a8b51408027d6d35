namespace ProcessTools;

/// <summary>A flag that processes wait for (Python's <c>Event</c>). Setting it wakes all who wait, even when it is cleared again at once.</summary>
public abstract class SharedEvent : SharedObject
{
    private protected SharedEvent(SharedState state, string name)
        : base(state, name, SharedObjectKind.Event)
    {
    }

    /// <summary>True while it is set.</summary>
    public abstract bool IsSet { get; }

    /// <summary>Sets it.</summary>
    public abstract void Set();

    /// <summary>Clears it.</summary>
    public abstract void Clear();

    /// <summary>Waits until it is set.</summary>
    /// <returns>True.</returns>
    public bool Wait() => WaitCore(Timeout.InfiniteTimeSpan, default);

    /// <summary>Waits until it is set, no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Wait(double timeoutSeconds) => WaitCore(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)), default);

    /// <summary>Waits until it is set, no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellation = default) => WaitCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    private protected abstract bool WaitCore(TimeSpan timeout, CancellationToken cancellation);
}

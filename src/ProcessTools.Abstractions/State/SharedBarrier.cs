namespace ProcessTools;

/// <summary>
/// Where a number of parties wait until all are there (Python's <c>Barrier</c>); then it begins anew. It breaks for all who wait when one of them gives up, when a party dies, or by <see cref="Abort"/>; <see cref="Reset"/> makes it
/// whole.
/// </summary>
public abstract class SharedBarrier : SharedObject
{
    private protected SharedBarrier(SharedState state, string name)
        : base(state, name, SharedObjectKind.Barrier)
    {
    }

    /// <summary>How many parties it takes.</summary>
    public abstract int Parties { get; }

    /// <summary>How many wait at this instant.</summary>
    public abstract int Waiting { get; }

    /// <summary>True when it is broken.</summary>
    public abstract bool IsBroken { get; }

    /// <summary>Waits until all parties are there.</summary>
    /// <returns>This party's number, from 0 to <see cref="Parties"/> - 1, different for each.</returns>
    /// <exception cref="BarrierBrokenException">It was broken, or a party died.</exception>
    public int Wait() => WaitCore(Timeout.InfiniteTimeSpan, default);

    /// <summary>Waits until all parties are there; when the time is over first, the barrier breaks for all.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>This party's number, from 0 to <see cref="Parties"/> - 1, different for each.</returns>
    /// <exception cref="BarrierBrokenException">It was broken, or the time was over, or a party died.</exception>
    public int Wait(double timeoutSeconds) => WaitCore(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)), default);

    /// <summary>Waits until all parties are there; when the time is over first, the barrier breaks for all.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait, which breaks the barrier.</param>
    /// <returns>This party's number, from 0 to <see cref="Parties"/> - 1, different for each.</returns>
    /// <exception cref="BarrierBrokenException">It was broken, or the time was over, or a party died.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the barrier is broken.</exception>
    public int Wait(TimeSpan timeout, CancellationToken cancellation = default) => WaitCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Makes the barrier empty and whole. Those who wait get <see cref="BarrierBrokenException"/>.</summary>
    public abstract void Reset();

    /// <summary>Breaks the barrier: those who wait, and those who come, get <see cref="BarrierBrokenException"/>.</summary>
    public abstract void Abort();

    private protected abstract int WaitCore(TimeSpan timeout, CancellationToken cancellation);
}

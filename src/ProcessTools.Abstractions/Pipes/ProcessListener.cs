namespace ProcessTools;

/// <summary>
/// Lets other processes connect, of this machine or of others, ProcessTools or not. Made by <c>New-ProcessListener</c>. Every connection that is accepted is an end of a pipe. Connections are taken in, encrypted and authenticated in
/// the background, many at once, so one that is slow or hostile holds up nobody; <see cref="Accept()"/> gives those that have passed. A listener that is forgotten is closed by the garbage collector. All members may be called from any thread.
/// </summary>
public abstract class ProcessListener : IDisposable
{
    private protected ProcessListener()
    {
    }

    /// <summary>Where it listens: the host as it was named, with the port that the system chose for 0.</summary>
    public abstract string Address { get; }

    /// <summary>True once it was closed.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>True when only those get in who have the key.</summary>
    public abstract bool HasAuthKey { get; }

    /// <summary>The SHA-256 hash of the certificate in hexadecimal, which <c>Connect-ProcessPipe -CertificateHash</c> takes; null without encryption.</summary>
    public abstract string? CertificateHash { get; }

    /// <summary>How many connections have passed and wait for <see cref="Accept()"/>.</summary>
    public abstract int PendingCount { get; }

    /// <summary>How many connections have been accepted so far.</summary>
    public abstract long AcceptedCount { get; }

    /// <summary>How many connections were ended so far because of what came over them, or did not come.</summary>
    public abstract long RefusedCount { get; }

    /// <summary>The peer of the connection that was accepted last; null before the first.</summary>
    public abstract string? LastAccepted { get; }

    /// <summary>The last thousand connections that were ended because of what came over them, oldest first.</summary>
    public abstract ListenerLogEntry[] Log { get; }

    /// <summary>Gives the next connection; waits while there is none.</summary>
    /// <exception cref="ListenerClosedException">The listener is closed.</exception>
    public ProcessPipeEnd Accept() => Accept(Timeout.InfiniteTimeSpan);

    /// <summary>Gives the next connection; waits for one no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <exception cref="ConnectionTimeoutException">Nobody connected in time.</exception>
    /// <exception cref="ListenerClosedException">The listener is closed.</exception>
    public ProcessPipeEnd Accept(double timeoutSeconds) => Accept(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Gives the next connection; waits for one no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ConnectionTimeoutException">Nobody connected in time.</exception>
    /// <exception cref="ListenerClosedException">The listener is closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ProcessPipeEnd Accept(TimeSpan timeout, CancellationToken cancellation = default) =>
        AcceptCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation) ?? throw new ConnectionTimeoutException(Address, timeout, isAccept: true);

    /// <summary>Gives the next connection if there is one now.</summary>
    /// <param name="end">The connection.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="ListenerClosedException">The listener is closed.</exception>
    public bool TryAccept(out ProcessPipeEnd? end) => TryAccept(out end, TimeSpan.Zero);

    /// <summary>Gives the next connection; waits for one no longer than the time given.</summary>
    /// <param name="end">The connection.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when nobody connected in time.</returns>
    /// <exception cref="ListenerClosedException">The listener is closed.</exception>
    public bool TryAccept(out ProcessPipeEnd? end, double timeoutSeconds) => TryAccept(out end, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Gives the next connection; waits for one no longer than the time given.</summary>
    /// <param name="end">The connection.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when nobody connected in time.</returns>
    /// <exception cref="ListenerClosedException">The listener is closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool TryAccept(out ProcessPipeEnd? end, TimeSpan timeout, CancellationToken cancellation = default)
    {
        end = AcceptCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);
        return end is not null;
    }

    /// <summary>Stops listening. Connections that wait to be accepted are ended; accepted ones stay. Closing a closed listener does nothing.</summary>
    public void Close() => Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override string ToString() => Address;

    /// <summary>Frees what the listener holds.</summary>
    /// <param name="disposing">False when called by the finalizer.</param>
    protected abstract void Dispose(bool disposing);

    private protected abstract ProcessPipeEnd? AcceptCore(TimeSpan timeout, CancellationToken cancellation);
}

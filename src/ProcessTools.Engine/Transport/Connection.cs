namespace ProcessTools.Engine.Transport;

/// <summary>
/// A two-way connection between two processes that carries frames: each arrives whole, once, in order, with nothing added. Thread-safe: frames of several
/// senders are never mixed, and of several receivers each gets a frame of its own.
/// </summary>
internal abstract class Connection : IDisposable
{
    /// <summary>False when the other process is known to have ended.</summary>
    public abstract bool IsPeerAlive { get; }

    /// <summary>Sends a frame; waits while the other side is behind.</summary>
    /// <exception cref="ConnectionLostException">The other side is gone, or an earlier frame was cut short.</exception>
    /// <exception cref="ConnectionClosedException">This side has closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled. Where part of the frame had gone already, the connection is broken: the other side
    /// finds the end of file before this frame.</exception>
    public abstract void Send(ReadOnlySpan<byte> frame, CancellationToken cancellation = default);

    /// <summary>Receives a frame.</summary>
    /// <param name="frame">The frame, when the result is <see cref="ReceiveStatus.Received"/>; dispose of it.</param>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellation">Ends the wait; nothing is lost.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="InvalidDataFrameException">The other side sends what is no frame; the connection is closed.</exception>
    public abstract ReceiveStatus TryReceive(out ReceivedFrame? frame, TimeSpan timeout, CancellationToken cancellation = default);

    /// <summary>Receives a frame, or null at the end of file.</summary>
    public ReceivedFrame? Receive(CancellationToken cancellation = default)
    {
        ReceiveStatus status = TryReceive(out ReceivedFrame? frame, Timeout.InfiniteTimeSpan, cancellation);
        return status == ReceiveStatus.Received ? frame : null;
    }

    /// <summary>Waits until something has come: a frame, or the end of file.</summary>
    /// <returns>False when the time was over first.</returns>
    public abstract bool Poll(TimeSpan timeout, CancellationToken cancellation = default);

    /// <summary>Says that this side will send no more. The other side receives what was sent, and then the end of file.</summary>
    public abstract void Close();

    /// <inheritdoc/>
    public abstract void Dispose();
}

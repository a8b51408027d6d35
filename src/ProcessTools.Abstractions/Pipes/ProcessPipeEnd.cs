namespace ProcessTools;

/// <summary>
/// One end of a pipe between two processes: what is sent into it comes out of the other end, each message whole and in order. Made in pairs by
/// <c>New-ProcessPipe</c>. An end that is passed to another process is handed over; it stays usable here, but no longer counts as held here until it is used
/// here again, so nobody has to close spare ends. When the last holder of the other end has closed it or died, everything that it had sent is received and then
/// the end of file, <see cref="PipeClosedException"/>. All members may be called from any thread. A timeout is a number of seconds, fractions allowed, or a
/// TimeSpan; left out, the call waits. Ctrl+C ends every wait.
/// </summary>
public abstract class ProcessPipeEnd : ProcessChannel
{
    private protected ProcessPipeEnd()
    {
    }

    /// <summary>False for the receiving end of a one-way pipe.</summary>
    public abstract bool CanSend { get; }

    /// <summary>False for the sending end of a one-way pipe.</summary>
    public abstract bool CanReceive { get; }

    /// <summary>Who is at the other end of a connection, as an address; null for a pipe in shared memory.</summary>
    public virtual string? PeerAddress => null;

    /// <summary>
    /// The bytes that go through a socket, without messages: for a protocol of one's own, or to copy a file. Bytes that have been received already and are no message yet come first. Closing the stream does not close the end.
    /// </summary>
    /// <exception cref="PipeNoStreamException">The pipe is in shared memory.</exception>
    /// <exception cref="PipeClosedException">This end was closed.</exception>
    public virtual Stream GetStream() => throw new PipeNoStreamException(this);

    /// <summary>Sends an object; waits while the other end is behind.</summary>
    /// <param name="message">The object; null is one.</param>
    /// <exception cref="PipeClosedException">This end was closed, or nobody holds the other end any more.</exception>
    /// <exception cref="PipeDirectionException">This is the receiving end of a one-way pipe.</exception>
    /// <exception cref="NotSerializableException">The object cannot travel; nothing was sent.</exception>
    public void Send(object? message) => Send(message, Timeout.InfiniteTimeSpan);

    /// <summary>Sends an object; waits for room no longer than the time given.</summary>
    /// <param name="message">The object; null is one.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <exception cref="MessageTimeoutException">The other end was behind for all that time; nothing was sent.</exception>
    /// <exception cref="PipeClosedException">This end was closed, or nobody holds the other end any more.</exception>
    public void Send(object? message, double timeoutSeconds) => Send(message, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Sends an object; waits for room no longer than the time given.</summary>
    /// <param name="message">The object; null is one.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="MessageTimeoutException">The other end was behind for all that time; nothing was sent.</exception>
    /// <exception cref="PipeClosedException">This end was closed, or nobody holds the other end any more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was sent.</exception>
    public void Send(object? message, TimeSpan timeout, CancellationToken cancellation = default)
    {
        if (!SendCore(message, WaitTime.Checked(timeout, nameof(timeout)), cancellation))
        {
            throw new MessageTimeoutException(this, timeout, isSend: true);
        }
    }

    /// <summary>Receives an object; waits while there is none.</summary>
    /// <returns>The object; bytes that were sent as such are a byte array.</returns>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    /// <exception cref="PipeDirectionException">This is the sending end of a one-way pipe.</exception>
    public object? Receive() => Receive(Timeout.InfiniteTimeSpan);

    /// <summary>Receives an object; waits for one no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>The object.</returns>
    /// <exception cref="MessageTimeoutException">Nothing came in time.</exception>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    public object? Receive(double timeoutSeconds) => Receive(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Receives an object; waits for one no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The object.</returns>
    /// <exception cref="MessageTimeoutException">Nothing came in time.</exception>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public object? Receive(TimeSpan timeout, CancellationToken cancellation = default) =>
        ReceiveCore(out object? message, WaitTime.Checked(timeout, nameof(timeout)), cancellation) switch
        {
            ChannelStatus.Received => message,
            ChannelStatus.Over => throw ClosedError(),
            _ => throw new MessageTimeoutException(this, timeout, isSend: false),
        };

    /// <summary>Receives an object if there is one now.</summary>
    /// <param name="message">The object.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    public bool TryReceive(out object? message) => TryReceive(out message, TimeSpan.Zero);

    /// <summary>Receives an object; waits for one no longer than the time given.</summary>
    /// <param name="message">The object.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when nothing came in time.</returns>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    public bool TryReceive(out object? message, double timeoutSeconds) => TryReceive(out message, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Receives an object; waits for one no longer than the time given.</summary>
    /// <param name="message">The object.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when nothing came in time.</returns>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public bool TryReceive(out object? message, TimeSpan timeout, CancellationToken cancellation = default) =>
        ReceiveCore(out message, WaitTime.Checked(timeout, nameof(timeout)), cancellation) switch
        {
            ChannelStatus.Received => true,
            ChannelStatus.Over => throw ClosedError(),
            _ => false,
        };

    /// <summary>True when <see cref="Receive()"/> would not wait: a whole message has come, or the end of file.</summary>
    public bool Poll() => Poll(TimeSpan.Zero);

    /// <summary>Waits until <see cref="Receive()"/> would not wait, or the time is over.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>True when a whole message has come, or the end of file.</returns>
    public bool Poll(double timeoutSeconds) => Poll(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits until <see cref="Receive()"/> would not wait, or the time is over.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>True when a whole message has come, or the end of file.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Poll(TimeSpan timeout, CancellationToken cancellation = default) => PollCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Sends bytes as they are, as one message.</summary>
    /// <param name="bytes">The bytes; none is a message too.</param>
    /// <exception cref="PipeClosedException">This end was closed, or nobody holds the other end any more.</exception>
    public void SendBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        SendBytes(bytes, 0, bytes.Length);
    }

    /// <summary>Sends part of an array as it is, as one message.</summary>
    /// <param name="bytes">The array.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="count">How many bytes it has.</param>
    /// <exception cref="PipeClosedException">This end was closed, or nobody holds the other end any more.</exception>
    public void SendBytes(byte[] bytes, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        SendBytes(new ReadOnlySpan<byte>(bytes, offset, count));
    }

    /// <summary>Sends bytes as they are, as one message.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellation">Ends the wait for room.</param>
    /// <exception cref="PipeClosedException">This end was closed, or nobody holds the other end any more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was sent.</exception>
    public void SendBytes(ReadOnlySpan<byte> bytes, CancellationToken cancellation = default) => SendBytesCore(bytes, cancellation);

    /// <summary>Receives bytes; waits while there is no message.</summary>
    /// <returns>The bytes.</returns>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    /// <exception cref="MessageNotBytesException">The next message is an object other than bytes; it is still there for <see cref="Receive()"/>.</exception>
    public byte[] ReceiveBytes() => ReceiveBytes(Timeout.InfiniteTimeSpan);

    /// <summary>Receives bytes; waits for them no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="MessageTimeoutException">Nothing came in time.</exception>
    public byte[] ReceiveBytes(double timeoutSeconds) => ReceiveBytes(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Receives bytes; waits for them no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="MessageTimeoutException">Nothing came in time.</exception>
    /// <exception cref="PipeClosedException">Everything has been received and nothing will come any more, or this end was closed.</exception>
    /// <exception cref="MessageNotBytesException">The next message is an object other than bytes; it is still there for <see cref="Receive()"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public byte[] ReceiveBytes(TimeSpan timeout, CancellationToken cancellation = default) =>
        ReceiveBytesCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Receives bytes into an array (Python's <c>recv_bytes_into</c>); waits while there is no message.</summary>
    /// <param name="buffer">The array.</param>
    /// <param name="offset">Where in it to begin.</param>
    /// <returns>How many bytes came.</returns>
    /// <exception cref="BufferTooShortException">There are more bytes than room; the message is still there.</exception>
    public int ReceiveBytesInto(byte[] buffer, int offset = 0)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, buffer.Length);
        return ReceiveBytesIntoCore(buffer, offset, Timeout.InfiniteTimeSpan, default);
    }

    /// <summary>Closes this end in this process. When no other process holds it either, the other end receives what was sent and then the end of
    /// file. Closing a closed end does nothing.</summary>
    public abstract override void Close();

    /// <inheritdoc/>
    public override string ToString() => Id;

    private protected abstract bool SendCore(object? message, TimeSpan timeout, CancellationToken cancellation);

    private protected abstract ChannelStatus ReceiveCore(out object? message, TimeSpan timeout, CancellationToken cancellation);

    private protected abstract bool PollCore(TimeSpan timeout, CancellationToken cancellation);

    private protected abstract void SendBytesCore(ReadOnlySpan<byte> bytes, CancellationToken cancellation);

    private protected abstract byte[] ReceiveBytesCore(TimeSpan timeout, CancellationToken cancellation);

    private protected abstract int ReceiveBytesIntoCore(byte[] buffer, int offset, TimeSpan timeout, CancellationToken cancellation);

    /// <inheritdoc/>
    internal override bool TrySendMessage(object? message, TimeSpan timeout, CancellationToken cancellation) => SendCore(message, timeout, cancellation);

    /// <inheritdoc/>
    internal override ChannelStatus TryReceiveMessage(out object? message, TimeSpan timeout, CancellationToken cancellation) =>
        ReceiveCore(out message, timeout, cancellation);

    /// <inheritdoc/>
    internal override ProcessToolsException FullError(TimeSpan timeout) => new MessageTimeoutException(this, timeout, isSend: true);

    /// <inheritdoc/>
    internal override ProcessToolsException ClosedError() => new PipeClosedException(this, IsClosed);
}

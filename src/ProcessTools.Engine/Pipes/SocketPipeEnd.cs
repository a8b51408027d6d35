using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Sockets;

namespace ProcessTools.Engine.Pipes;

/// <summary>
/// An end of a pipe that is a socket: frames of Python's <c>multiprocessing.connection</c>, whose bodies are MessagePack of the plain profile, or bytes as they are. What makes no sense ends the connection, this one only. Thread-safe: one
/// thread at a time sends and one receives, others wait for it.
/// </summary>
internal sealed partial class SocketPipeEnd : ProcessPipeEnd, IWaitable
{
    // The serializer knows the limit for longer ones.
    private const int MostBinary = 1 << 29;

    private readonly object _gate = new();
    private readonly object _sendGate = new();
    private readonly object _receiveGate = new();
    private readonly ByteLine _line;
    private readonly FrameReader _reader;
    private readonly Action<string>? _report;
    private readonly Action _check;
    private readonly Action _sendCheck;
    private int _uses;
    private bool _isReleased;
    private volatile bool _isClosing;
    private volatile string? _fault;

    /// <summary>Takes a connection.</summary>
    /// <param name="line">The connection, which the end owns.</param>
    /// <param name="reader">Its reader, which may have read ahead.</param>
    /// <param name="id">What tells it from others.</param>
    /// <param name="peerAddress">Who is at the other end.</param>
    /// <param name="report">Called when the connection is ended because of what came over it, with the reason; null for none.</param>
    /// <param name="canSend">False for the receiving end of a one-way pipe.</param>
    /// <param name="canReceive">False for the sending end of a one-way pipe.</param>
    public SocketPipeEnd(ByteLine line, FrameReader reader, string id, string? peerAddress, Action<string>? report = null, bool canSend = true, bool canReceive = true)
    {
        CanSend = canSend;
        CanReceive = canReceive;
        _line = line;
        _reader = reader;
        _reader.MaxBytes = ObjectSerializer.Plain.Limits.MaxBytes;
        Id = id;
        PeerAddress = peerAddress;
        _report = report;
        _check = ThrowIfClosing;
        _sendCheck = ThrowIfBroken;
    }

    /// <inheritdoc/>
    public override string? Name => null;

    /// <inheritdoc/>
    public override string Id { get; }

    /// <inheritdoc/>
    public override string? PeerAddress { get; }

    /// <inheritdoc/>
    public override bool IsClosed => _isClosing || _isAway || _fault is not null;

    /// <inheritdoc/>
    public override bool CanSend { get; }

    /// <inheritdoc/>
    public override bool CanReceive { get; }

    /// <summary>The connection. It is the end's.</summary>
    internal ByteLine Line => _line;

    /// <inheritdoc/>
    public override void Close() => Dispose();

    /// <inheritdoc/>
    public override Stream GetStream()
    {
        ThrowIfClosing();
        return new SocketPipeStream(this);
    }

    /// <summary>Reads bytes without frames; waits while there are none.</summary>
    /// <returns>How many; 0 at the end, <see cref="ByteLine.TimedOut"/> when the time was over.</returns>
    internal int ReadRaw(Span<byte> bytes, TimeSpan timeout, CancellationToken cancellation)
    {
        using Reading reading = new(this, timeout, cancellation);
        return reading.ReadRaw(bytes);
    }

    /// <summary>Writes bytes without a frame.</summary>
    internal void WriteRaw(ReadOnlySpan<byte> bytes, CancellationToken cancellation) => Write(bytes, Outgoing.Raw, Timeout.InfiniteTimeSpan, cancellation);

    /// <inheritdoc/>
    internal override ProcessToolsException ClosedError() =>
        _fault is { } fault ? new PipeClosedException(this, $"The connection '{this}' was ended: {fault}")
        : _isAway ? new PipeClosedException(this, $"The end '{this}' of a pipe was passed to another process. It is used there.")
        : new PipeClosedException(this, _isClosing);

    /// <inheritdoc/>
    private protected override bool SendCore(object? message, TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowUnlessSending();
        if (message is byte[] { Length: >= FrameWriter.LeastBinary and <= MostBinary } bytes)
        {
            return Write(bytes, Outgoing.Binary, timeout, cancellation);
        }

        // Before anything is sent or waited for: what cannot travel ends no connection, and a getter of the message may use this end.
        using PooledBufferWriter buffer = new();
        buffer.GetSpan(FrameWriter.HeaderSize)[..FrameWriter.HeaderSize].Clear();
        buffer.Advance(FrameWriter.HeaderSize);
        ObjectSerializer.Plain.Serialize(buffer, message);
        int length = buffer.WrittenCount - FrameWriter.HeaderSize;
        if (length > ObjectSerializer.Plain.Limits.MaxBytes)
        {
            throw new NotSerializableException("$", $"the message has {length} bytes; {ObjectSerializer.Plain.Limits.MaxBytes} are allowed.");
        }

        buffer.PatchBigEndian(0, length);
        return Write(buffer.WrittenSpan, Outgoing.Frame, timeout, cancellation);
    }

    /// <inheritdoc/>
    private protected override void SendBytesCore(ReadOnlySpan<byte> bytes, CancellationToken cancellation) =>
        Write(bytes, Outgoing.Body, Timeout.InfiniteTimeSpan, cancellation);

    /// <inheritdoc/>
    private protected override ChannelStatus ReceiveCore(out object? message, TimeSpan timeout, CancellationToken cancellation)
    {
        message = null;
        using Reading reading = new(this, timeout, cancellation);
        ChannelStatus status = reading.Peek(out ReadOnlyMemory<byte> frame);
        if (status == ChannelStatus.Received)
        {
            try
            {
                message = ObjectSerializer.Plain.Deserialize(frame);
                _reader.Advance();
            }
            catch (InvalidDataFrameException exception)
            {
                throw Refuse(frame.Span.StartsWith(ConnectionChallenge.Prefix) ? new InvalidDataFrameException("The other side asks for its key: connect with -AuthKey.") : exception);
            }
        }

        return status;
    }

    /// <inheritdoc/>
    private protected override bool PollCore(TimeSpan timeout, CancellationToken cancellation)
    {
        if (IsClosed)
        {
            return true;
        }

        try
        {
            using Reading reading = new(this, timeout, cancellation);
            return reading.Peek(out _) != ChannelStatus.Empty;
        }
        catch (Exception exception) when (exception is PipeClosedException or InvalidDataFrameException)
        {
            // Receiving says so, without waiting.
            return true;
        }
    }

    /// <inheritdoc/>
    private protected override byte[] ReceiveBytesCore(TimeSpan timeout, CancellationToken cancellation)
    {
        using Reading reading = new(this, timeout, cancellation);
        return reading.Peek(out ReadOnlyMemory<byte> frame) switch
        {
            ChannelStatus.Received => _reader.TakeArray(frame),
            ChannelStatus.Over => throw ClosedError(),
            _ => throw new MessageTimeoutException(this, timeout, isSend: false),
        };
    }

    /// <inheritdoc/>
    private protected override int ReceiveBytesIntoCore(byte[] buffer, int offset, TimeSpan timeout, CancellationToken cancellation)
    {
        using Reading reading = new(this, timeout, cancellation);
        ChannelStatus status = reading.Peek(out ReadOnlyMemory<byte> frame);
        if (status != ChannelStatus.Received)
        {
            throw status == ChannelStatus.Over ? ClosedError() : new MessageTimeoutException(this, timeout, isSend: false);
        }

        if (frame.Length > buffer.Length - offset)
        {
            throw new BufferTooShortException(this, frame.Length, buffer.Length - offset);
        }

        frame.Span.CopyTo(buffer.AsSpan(offset));
        int count = frame.Length;
        _reader.Advance();
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The socket's own finalizer closes it.
        if (disposing)
        {
            lock (_gate)
            {
                _isClosing = true;
                ReleaseIfUnused();
            }
        }
    }

    // Whoever waits inside looks up within a slice and leaves; the last one out releases.
    private void ReleaseIfUnused()
    {
        if (_isClosing && _uses == 0 && _tokens == 0 && !_isReleased)
        {
            _isReleased = true;
            if (_isShared)
            {
                Detach();
            }
            else
            {
                GracefulClose.Close(_line);
            }

            _spotMemory?.Dispose();
        }
    }

    private LineWait Begin(TimeSpan timeout, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ThrowIfClosing();
            _uses++;
        }

        return new LineWait(Deadline.After(timeout), _check, cancellation);
    }

    private void End()
    {
        lock (_gate)
        {
            _uses--;
            ReleaseIfUnused();
        }
    }

    private void ThrowIfClosing()
    {
        if (IsClosed)
        {
            throw ClosedError();
        }
    }

    private void ThrowUnlessSending()
    {
        if (!CanSend)
        {
            throw new PipeDirectionException(this, isSend: true);
        }
    }

    // A message of which part has gone out goes out whole, before the end goes to another process.
    private void ThrowIfBroken()
    {
        if (_fault is not null || (_isClosing && !_isAway))
        {
            throw ClosedError();
        }
    }

    // False when another thread had it for all the time.
    private static bool Lock(object gate, in LineWait wait)
    {
        while (!Monitor.TryEnter(gate))
        {
            TimeSpan slice = wait.NextSlice();
            if (slice <= TimeSpan.Zero)
            {
                return false;
            }

            if (Monitor.TryEnter(gate, slice))
            {
                break;
            }
        }

        return true;
    }

    private enum Outgoing
    {
        /// <summary>A length and a body.</summary>
        Frame,

        /// <summary>A body whose length is to be written before it.</summary>
        Body,

        /// <summary>Bytes that are to be the value of a body.</summary>
        Binary,

        /// <summary>Bytes without frames.</summary>
        Raw,
    }

    private bool Write(ReadOnlySpan<byte> bytes, Outgoing kind, TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowUnlessSending();
        LineWait wait = Begin(timeout, cancellation) with { Check = _sendCheck };
        bool isHeld = false;
        bool isDone = false;
        int written = 0;
        try
        {
            isHeld = Lock(_sendGate, wait);
            if (isHeld)
            {
                ThrowIfClosing();
                isDone = kind switch
                {
                    Outgoing.Body => FrameWriter.Write(_line, bytes, wait, ref written),
                    Outgoing.Binary => FrameWriter.WriteBinary(_line, bytes, wait, ref written),
                    _ => _line.Write(bytes, wait, ref written),
                };
            }
        }
        catch (Exception exception) when (exception is LineBrokenException or ObjectDisposedException)
        {
            throw Broken(exception);
        }
        finally
        {
            if (!isDone && written > 0 && kind != Outgoing.Raw)
            {
                // The other side could make no sense of what would follow.
                Fail("a message had gone out in part when the time was over or the wait was ended.");
            }

            if (isHeld)
            {
                Monitor.Exit(_sendGate);
            }

            End();
        }

        // Nothing was sent, or the connection is over.
        return isDone || (_fault is null ? false : throw ClosedError());
    }

    // The first reason stays.
    private void Fail(string reason)
    {
        _fault ??= reason;
        GracefulClose.Abort(_line);
    }

    private PipeClosedException Broken(Exception exception)
    {
        if (_isClosing)
        {
            return new PipeClosedException(this, closedHere: true);
        }

        Fail(exception.Message);
        return new PipeClosedException(this, $"The connection '{this}' was ended: {exception.Message}", exception);
    }

    private InvalidDataFrameException Refuse(InvalidDataFrameException exception)
    {
        _report?.Invoke(exception.Message);
        Fail(exception.Message);
        return new InvalidDataFrameException($"{exception.Message} The connection '{this}' was ended.", exception);
    }
}

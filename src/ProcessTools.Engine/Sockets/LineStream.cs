namespace ProcessTools.Engine.Sockets;

/// <summary>A line as a stream, for what takes streams only. Each direction has the wait that its caller set before.</summary>
internal sealed class LineStream(ByteLine line) : Stream
{
    /// <summary>How long reads may wait.</summary>
    public LineWait ReadWait { get; set; }

    /// <summary>How long writes may wait.</summary>
    public LineWait WriteWait { get; set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count = line.Read(buffer, ReadWait);
        return count == ByteLine.TimedOut ? throw new LineTimeoutException() : count;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int written = 0;
        if (!line.Write(buffer, WriteWait, ref written))
        {
            throw new LineTimeoutException();
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is held back.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}

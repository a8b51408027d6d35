namespace ProcessTools.Engine.Pipes;

/// <summary>The bytes of a socket without messages. The end stays its owner.</summary>
internal sealed class SocketPipeStream(SocketPipeEnd end) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => end.CanReceive && !end.IsClosed;

    /// <inheritdoc/>
    public override bool CanWrite => end.CanSend && !end.IsClosed;

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
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : end.ReadRaw(buffer, default);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => end.WriteRaw(buffer, default);

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

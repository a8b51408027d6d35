using System.Buffers;

namespace ProcessTools.Engine.Transport;

/// <summary>A frame in a pooled buffer. Its bytes are valid until it is disposed of, which gives the buffer back.</summary>
internal sealed class ReceivedFrame : IDisposable
{
    private byte[]? _buffer;
    private readonly int _length;

    /// <summary>Takes a buffer over.</summary>
    /// <param name="buffer">A buffer of the shared pool.</param>
    /// <param name="length">How much of it is the frame.</param>
    public ReceivedFrame(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>The frame's bytes.</summary>
    public ReadOnlySequence<byte> Payload => new(Memory);

    /// <summary>The frame's bytes in one piece.</summary>
    public ReadOnlyMemory<byte> Memory => new(_buffer ?? throw new ObjectDisposedException(nameof(ReceivedFrame)), 0, _length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

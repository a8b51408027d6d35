using System.Buffers;
using System.Buffers.Binary;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// A growing buffer for one message at a time. Small arrays come from the shared pool and go back to it; big ones are made for the
/// message and dropped, because the pool would hold on to a gibibyte.
/// </summary>
internal sealed class PooledBufferWriter : IBufferWriter<byte>, IDisposable
{
    /// <summary>Up to here arrays come from the pool. 1 MiB is where the pool's gain (no zeroing, no collection) fades.</summary>
    private const int MaxPooled = 1 << 20;

    private const int Initial = 4096;
    private byte[] _buffer;
    private int _written;
    private bool _disposed;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="sizeHint">How many bytes to expect.</param>
    public PooledBufferWriter(int sizeHint = Initial)
    {
        _buffer = Rent(Math.Max(sizeHint, 256));
    }

    /// <summary>How many bytes have been written.</summary>
    public int WrittenCount => _written;

    /// <summary>What has been written; valid until the next write, <see cref="Clear"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _written);

    /// <summary>What has been written; valid until the next write, <see cref="Clear"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _written);

    /// <summary>Forgets what was written and lets go of an array that is too big to keep.</summary>
    public void Clear()
    {
        _written = 0;
        if (_buffer.Length > MaxPooled)
        {
            _buffer = Rent(Initial);
        }
    }

    /// <summary>Forgets what was written after so many bytes.</summary>
    /// <param name="length">How many bytes stay.</param>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _written);
        _written = length;
    }

    /// <summary>Writes over an integer that was written before, least significant byte first: a length that is known only now.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="value">The integer.</param>
    public void Patch(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(offset, Math.Min(sizeof(int), _written - offset)), value);

    /// <summary>Writes over an integer that was written before, most significant byte first.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="value">The integer.</param>
    public void PatchBigEndian(int offset, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(offset, Math.Min(sizeof(int), _written - offset)), value);

    /// <summary>Writes over a long integer that was written before, least significant byte first.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="value">The integer.</param>
    public void PatchInt64(int offset, long value) => BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(offset, Math.Min(sizeof(long), _written - offset)), value);

    /// <summary>Writes over a short integer that was written before, least significant byte first.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="value">The integer.</param>
    public void PatchInt16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(offset, Math.Min(sizeof(ushort), _written - offset)), value);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _written);
        _written += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_written);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Return(_buffer);
            _buffer = [];
            _written = 0;
        }
    }

    private static byte[] Rent(int size) =>
        size <= MaxPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);

    private static void Return(byte[] buffer)
    {
        if (buffer.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ObjectDisposedException.ThrowIf(_disposed, this);
        int needed = Math.Max(sizeHint, 1);
        if (_buffer.Length - _written >= needed)
        {
            return;
        }

        long total = (long)_written + needed;
        if (total > Array.MaxLength)
        {
            throw new NotSerializableException("$", "the message is larger than the 2 GiB that one array holds; send it in pieces.");
        }

        // Doubling, but a single big blob gets what it asks for plus a little, so that 1 GiB does not become 2.
        long doubled = Math.Min(Math.Max(2L * _buffer.Length, total), Array.MaxLength);
        long size = needed > MaxPooled ? Math.Min(total + Initial, Array.MaxLength) : doubled;
        byte[] bigger = Rent((int)size);
        _buffer.AsSpan(0, _written).CopyTo(bigger);
        Return(_buffer);
        _buffer = bigger;
    }
}

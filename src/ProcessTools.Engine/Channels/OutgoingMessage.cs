using System.Buffers.Binary;
using System.Management.Automation;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Channels;

/// <summary>Puts objects into queues of shared memory.</summary>
internal static class OutgoingMessage
{
    // From here on one copy of the bytes costs more than a second piece.
    private const int LeastPiece = 512;

    // MessagePack's bin 16 and bin 32.
    private const byte Bytes16 = 0xc5;
    private const byte Bytes32 = 0xc6;

    [ThreadStatic]
    private static PooledBufferWriter? s_buffer;

    /// <summary>Puts an object in.</summary>
    /// <param name="segment">The channel, entered.</param>
    /// <param name="queue">Its queue.</param>
    /// <param name="message">The object.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="check">Called now and then while waiting.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NotSerializableException">It cannot travel.</exception>
    public static QueueResult TryPut(ChannelSegment segment, SharedQueue queue, object? message, TimeSpan timeout, Action check, CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(timeout);
        if (TryGetBytes(message) is { } bytes && bytes.Length >= LeastPiece && bytes.Length <= MessageCodec.Serializer.Limits.MaxBytes)
        {
            // Straight from the array into the ring.
            Span<byte> head = stackalloc byte[5];
            head = WriteHeader(head, bytes.Length);
            return queue.TryPut(head, bytes, RecordFlags.None, deadline, check, cancellation);
        }

        // Taken out while in use: a getter of the message may send another message.
        PooledBufferWriter buffer = s_buffer ?? new PooledBufferWriter();
        s_buffer = null;
        try
        {
            Passage? passage = Write(buffer, message);
            return passage is null
                ? queue.TryPut([], buffer.WrittenSpan, RecordFlags.None, deadline, check, cancellation)
                : TryPut(segment, queue, buffer, passage, deadline, check, cancellation);
        }
        finally
        {
            buffer.Clear();
            s_buffer = buffer;
        }
    }

    /// <summary>Bytes to which nothing was added.</summary>
    private static byte[]? TryGetBytes(object? message) =>
        message as byte[]
        ?? (message is PSObject { BaseObject: byte[] bytes } wrapped && PowerShellInternals.InstanceMembers?.Invoke(wrapped) is null or { Count: 0 } ? bytes : null);

    private static Passage? Write(PooledBufferWriter buffer, object? message)
    {
        Passage? outer = Passage.Begin();
        try
        {
            MessageCodec.Serializer.Serialize(buffer, message);
        }
        catch
        {
            Passage.End(outer)?.Cancel();
            throw;
        }

        return Passage.End(outer);
    }

    private static QueueResult TryPut(
        ChannelSegment segment, SharedQueue queue, PooledBufferWriter buffer, Passage passage, Deadline deadline, Action check, CancellationToken cancellation)
    {
        bool isSent = false;
        try
        {
            // Before it is published: whoever receives it must find it on its way.
            int? receiver = segment.Sides.Length == 2 ? 1 - Array.IndexOf(segment.Queues, queue) : null;
            passage.Board(new Carrier(0, segment.Number) { Receiver = receiver });
            QueueResult result = queue.TryPut([], buffer.WrittenSpan, RecordFlags.HasHandles, deadline, check, cancellation);
            isSent = result == QueueResult.Done;
            return result;
        }
        finally
        {
            if (!isSent)
            {
                passage.Cancel();
            }
        }
    }

    private static Span<byte> WriteHeader(Span<byte> head, int length)
    {
        if (length <= ushort.MaxValue)
        {
            head[0] = Bytes16;
            BinaryPrimitives.WriteUInt16BigEndian(head[1..], (ushort)length);
            return head[..3];
        }

        head[0] = Bytes32;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], length);
        return head;
    }
}

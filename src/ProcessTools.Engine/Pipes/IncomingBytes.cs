using System.Buffers;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pipes;

/// <summary>Takes bytes out of a pipe, into an array of the caller's or a new one; refuses what is not bytes, or too long.</summary>
/// <param name="buffer">The caller's array, or null.</param>
/// <param name="offset">Where in it to begin.</param>
internal struct IncomingBytes(byte[]? buffer, int offset) : IRecordReader
{
    private byte[]? _bytes;

    /// <summary>How many bytes the message has.</summary>
    public int Length { get; private set; }

    /// <summary>True when it was refused because the buffer is too short.</summary>
    public bool IsTooLong { get; private set; }

    /// <inheritdoc/>
    public bool Read(ReadOnlyMemory<byte> record, RecordFlags flags)
    {
        if (!IncomingMessage.IsBytes(record.Span, flags))
        {
            return false;
        }

        ReadOnlySequence<byte> content = new(record);
        if ((flags & RecordFlags.Raw) == 0)
        {
            content = new PayloadReader(MessageCodec.Serializer, content).ReadBytes();
        }

        Length = (int)content.Length;
        if (buffer is null)
        {
            _bytes = content.ToArray();
            return true;
        }

        IsTooLong = Length > buffer.Length - offset;
        if (!IsTooLong)
        {
            content.CopyTo(buffer.AsSpan(offset));
        }

        return !IsTooLong;
    }

    /// <summary>The bytes, where no buffer was given.</summary>
    public readonly byte[] Finish() => _bytes ?? [];
}

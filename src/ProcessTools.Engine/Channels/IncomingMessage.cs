using System.Buffers;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Channels;

/// <summary>
/// Takes an object out of a queue of shared memory. Bytes and texts are read where they lie, which is one copy, and so is what has handles in it, so that these are open before the
/// message is off the queue. Other objects are copied out first, so that consumers hold each other up no longer than that takes; but not very large ones.
/// </summary>
internal struct IncomingMessage : IRecordReader
{
    private const int LeastInPlace = 1024;
    private const int MostCopied = 1 << 20;
    private const int MostKept = 64 * 1024;

    // MessagePack's bin 8 to 32 and str 8 to 32.
    private const byte FirstBytes = 0xc4;
    private const byte LastBytes = 0xc6;
    private const byte FirstText = 0xd9;
    private const byte LastText = 0xdb;

    [ThreadStatic]
    private static byte[]? s_kept;

    private byte[]? _copy;
    private int _length;
    private object? _value;
    private ProcessToolsException? _fault;

    /// <summary>True for a record that is bytes, as they are or as an object.</summary>
    public static bool IsBytes(ReadOnlySpan<byte> record, RecordFlags flags) =>
        (flags & RecordFlags.Raw) != 0 || (record.Length > 0 && record[0] is >= FirstBytes and <= LastBytes);

    /// <inheritdoc/>
    public bool Read(ReadOnlyMemory<byte> record, RecordFlags flags)
    {
        _copy = null;
        if ((flags & RecordFlags.Raw) != 0)
        {
            _value = record.ToArray();
            return true;
        }

        if ((flags & RecordFlags.HasHandles) == 0 && record.Length <= MostCopied && !IsFlat(record.Span))
        {
            _length = record.Length;
            _copy = _length <= MostKept ? s_kept ??= GC.AllocateUninitializedArray<byte>(MostKept) : ArrayPool<byte>.Shared.Rent(_length);
            record.Span.CopyTo(_copy);
            return true;
        }

        try
        {
            _value = MessageCodec.Serializer.Deserialize(record);
        }
        catch (ProcessToolsException exception)
        {
            // What cannot be read by anybody must not block the queue for ever: it is taken, and the taker gets the error.
            _fault = exception;
        }

        return true;
    }

    /// <summary>The object, once its record is off the queue.</summary>
    /// <exception cref="InvalidDataFrameException">The record is no object.</exception>
    /// <exception cref="ChannelGoneException">It has a handle of something that no longer exists.</exception>
    public readonly object? Finish()
    {
        if (_fault is not null)
        {
            throw _fault;
        }

        if (_copy is null)
        {
            return _value;
        }

        try
        {
            return MessageCodec.Serializer.Deserialize(_copy.AsMemory(0, _length));
        }
        finally
        {
            if (_copy.Length > MostKept)
            {
                ArrayPool<byte>.Shared.Return(_copy);
            }
        }
    }

    private static bool IsFlat(ReadOnlySpan<byte> record) =>
        record.Length >= LeastInPlace && record[0] is (>= FirstBytes and <= LastBytes) or (>= FirstText and <= LastText);
}

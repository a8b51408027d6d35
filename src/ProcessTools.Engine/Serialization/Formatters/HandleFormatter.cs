using System.Buffers;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Handles: the key of their kind and whatever bytes their own formatter needs.</summary>
/// <param name="handles">Their own formatter.</param>
internal sealed class HandleFormatter(IHandleFormatter handles) : Formatter
{
    /// <summary>Adds the reader of handles.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table) => table[WireCode.Handle] = Read;

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context)
    {
        using PooledBufferWriter buffer = new(256);
        PayloadWriter payload = new(context.Serializer, buffer);
        handles.Write(ref payload, value);
        payload.Flush();
        context.Charge(buffer.WrittenCount);
        Wire.WriteMarker(ref writer, 2, WireCode.Handle);
        Wire.WriteString(ref writer, handles.TypeKey, context);
        writer.Write(buffer.WrittenSpan);
    }

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) => Write(ref writer, value, context);

    private static object Read(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != 2)
        {
            throw new InvalidDataFrameException($"The data has a handle of {count} parts.");
        }

        IHandleFormatter formatter = context.Serializer.HandleFor(Wire.ReadText(ref reader, context));
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw new InvalidDataFrameException("The data has a handle without content.");
        PayloadReader payload = new(context.Serializer, bytes);
        object handle = formatter.Read(ref payload);
        return payload.End ? handle : throw new InvalidDataFrameException($"The data has a handle '{formatter.TypeKey}' that is too long.");
    }
}

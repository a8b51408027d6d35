using System.Buffers;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// A value that may turn out not to be serializable without spoiling what it is a detail of, such as the target of an error: written as
/// a message of its own inside the message, or as its text.
/// </summary>
internal static class Embedded
{
    /// <summary>Writes the value, or its text if it cannot travel.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value.</param>
    /// <param name="context">The message.</param>
    public static void Write(ref MessagePackWriter writer, object? value, WriteContext context)
    {
        if (value is null or string or int or bool)
        {
            ValueWriter.Write(ref writer, value, context);
            return;
        }

        using PooledBufferWriter buffer = new(256);
        WriteContext inner = WriteContext.Rent(context.Serializer, context);
        try
        {
            MessagePackWriter innerWriter = new(buffer);
            ObjectSerializer.WriteGuarded(ref innerWriter, value, inner);
            innerWriter.Flush();
        }
        catch (NotSerializableException)
        {
            LiveObjectFormatter.WriteText(ref writer, LiveObjectFormatter.TextOf(value), context);
            return;
        }
        finally
        {
            inner.Return();
        }

        context.Charge(buffer.WrittenCount);
        writer.Write(buffer.WrittenSpan);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>The value.</returns>
    public static object? Read(ref MessagePackReader reader, ReadContext context)
    {
        if (reader.NextMessagePackType != MessagePackType.Binary)
        {
            return ValueReader.Read(ref reader, context);
        }

        MessagePackReader inner = new(reader.ReadBytes() ?? ReadOnlySequence<byte>.Empty);
        context.Enter(1, IntPtr.Size);
        List<Shape> outer = context.Exchange([]);
        object? value = ValueReader.Read(ref inner, context);
        context.Exchange(outer);
        context.Leave();
        return inner.End ? value : throw new InvalidDataFrameException("The data has an embedded value that goes on after its end.");
    }
}

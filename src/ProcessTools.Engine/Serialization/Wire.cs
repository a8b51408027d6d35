using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>The pieces that everything else is written with and read from.</summary>
internal static class Wire
{
    /// <summary>More UTF-8 bytes than this may decode to a string longer than .NET allows.</summary>
    private const int MaxStringBytes = 0x3FFFFFDF;

    /// <summary>Longer strings are measured first, so that a gibibyte of text does not reserve three.</summary>
    private const int LongString = 1 << 16;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes the marker that makes an array something other than an <c>object[]</c>, after the array's header.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="count">How many elements follow the marker.</param>
    /// <param name="code">What the array is.</param>
    /// <param name="data">The marker's byte.</param>
    public static void WriteMarker(ref MessagePackWriter writer, int count, sbyte code, byte data = 0)
    {
        writer.WriteArrayHeader(count + 1);
        Span<byte> span = writer.GetSpan(3);
        span[0] = MessagePackCode.FixExt1;
        span[1] = (byte)code;
        span[2] = data;
        writer.Advance(3);
    }

    /// <summary>Writes an extension value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="code">Its code.</param>
    /// <param name="payload">Its bytes.</param>
    public static void WriteExtension(ref MessagePackWriter writer, sbyte code, scoped ReadOnlySpan<byte> payload)
    {
        writer.WriteExtensionFormatHeader(new ExtensionHeader(code, payload.Length));
        payload.CopyTo(writer.GetSpan(payload.Length));
        writer.Advance(payload.Length);
    }

    /// <summary>Writes an extension value whose bytes are a text in UTF-8.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="code">Its code.</param>
    /// <param name="text">The text.</param>
    /// <param name="context">The message.</param>
    public static void WriteTextExtension(ref MessagePackWriter writer, sbyte code, string text, WriteContext context)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        context.Charge(length);
        writer.WriteExtensionFormatHeader(new ExtensionHeader(code, length));
        Encoding.UTF8.GetBytes(text, writer.GetSpan(length));
        writer.Advance(length);
    }

    /// <summary>Writes an integer as an extension of the fewest bytes among 1, 2, 4 and 8 that hold it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="code">Its code, which says the type.</param>
    /// <param name="value">The integer; an unsigned one keeps its bits.</param>
    public static void WriteIntegerExtension(ref MessagePackWriter writer, sbyte code, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        int length = value == (sbyte)value ? 1 : value == (short)value ? 2 : value == (int)value ? 4 : 8;
        WriteExtension(ref writer, code, bytes[..length]);
    }

    /// <summary>Writes a string; one that is not valid UTF-16 goes as it is, by an extension in the full profile.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The string.</param>
    /// <param name="context">The message.</param>
    public static void WriteString(ref MessagePackWriter writer, string value, WriteContext context)
    {
        context.Charge(value.Length);
        if (value.Length > LongString)
        {
            WriteLongString(ref writer, value, context);
            return;
        }

        // The header is guessed from the number of characters, right for ASCII; otherwise the bytes are moved once.
        Span<byte> span = writer.GetSpan((value.Length * 3) + 5);
        int header = StringHeaderLength(value.Length);
        OperationStatus status = Utf8.FromUtf16(value, span[header..], out _, out int written, replaceInvalidSequences: false);
        if (status != OperationStatus.Done)
        {
            WriteInvalid(ref writer, value, context);
            return;
        }

        int actual = StringHeaderLength(written);
        if (actual != header)
        {
            span.Slice(header, written).CopyTo(span[actual..]);
        }

        WriteStringHeader(span, actual, written);
        writer.Advance(actual + written);
    }

    /// <summary>Reads a string, or nil as null.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>The string.</returns>
    public static string? ReadString(ref MessagePackReader reader, ReadContext context)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                return null;
            case MessagePackType.String:
                break;
            case MessagePackType.Extension when ValueReader.Read(ref reader, context) is string text:
                return text;
            default:
                throw Invalid("a string", ref reader);
        }

        if (reader.TryReadStringSpan(out ReadOnlySpan<byte> span))
        {
            context.Charge(CheckStringLength(span.Length));
            return Encoding.UTF8.GetString(span);
        }

        ReadOnlySequence<byte> sequence = reader.ReadStringSequence() ?? ReadOnlySequence<byte>.Empty;
        context.Charge(CheckStringLength(sequence.Length));
        return Encoding.UTF8.GetString(sequence);
    }

    /// <summary>Reads a string that must be there.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>The string.</returns>
    public static string ReadText(ref MessagePackReader reader, ReadContext context) =>
        ReadString(ref reader, context) ?? throw new InvalidDataFrameException("The data has nothing where a text is needed.");

    /// <summary>Decodes the UTF-8 payload of an extension.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="context">The message.</param>
    /// <returns>The text.</returns>
    public static string TextOf(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        context.Charge(CheckStringLength(payload.Length));
        return Encoding.UTF8.GetString(payload);
    }

    /// <summary>Copies the payload of an extension, which must have a certain length.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="destination">As many bytes as it must have.</param>
    public static void CopyExactly(in ReadOnlySequence<byte> payload, Span<byte> destination)
    {
        if (payload.Length != destination.Length)
        {
            throw new InvalidDataFrameException($"The data has a value of {payload.Length} bytes where {destination.Length} are needed.");
        }

        payload.CopyTo(destination);
    }

    /// <summary>Reads the payload that <see cref="WriteIntegerExtension"/> wrote.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The integer.</returns>
    public static long IntegerOf(in ReadOnlySequence<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (payload.Length is not (1 or 2 or 4 or 8))
        {
            throw new InvalidDataFrameException($"The data has an integer of {payload.Length} bytes.");
        }

        int length = (int)payload.Length;
        payload.CopyTo(bytes);
        return length switch
        {
            1 => (sbyte)bytes[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
    }

    /// <summary>Reads the header of an array that must have at least so many elements and no more than so many.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="least">The fewest.</param>
    /// <param name="most">The most.</param>
    /// <returns>How many it has.</returns>
    public static int ReadArrayHeader(ref MessagePackReader reader, int least = 0, int most = int.MaxValue)
    {
        int count = reader.ReadArrayHeader();
        return count >= least && count <= most ? count : throw new InvalidDataFrameException($"The data has {count} elements where {least} are needed.");
    }

    /// <summary>Makes the error for a value that is not what the place needs.</summary>
    /// <param name="needed">What is needed.</param>
    /// <param name="reader">Before the value.</param>
    /// <returns>The error.</returns>
    public static InvalidDataFrameException Invalid(string needed, ref MessagePackReader reader) =>
        new($"The data has {reader.NextMessagePackType} where {needed} is needed.");

    private static int CheckStringLength(long bytes) =>
        bytes <= MaxStringBytes ? (int)bytes * 2 : throw new InvalidDataFrameException($"The data has a string of {bytes} bytes; .NET holds no more than {MaxStringBytes}.");

    private static int StringHeaderLength(int bytes) => bytes < 32 ? 1 : bytes <= byte.MaxValue ? 2 : bytes <= ushort.MaxValue ? 3 : 5;

    private static void WriteStringHeader(Span<byte> span, int header, int bytes)
    {
        switch (header)
        {
            case 1:
                span[0] = (byte)(MessagePackCode.MinFixStr | bytes);
                break;
            case 2:
                span[0] = MessagePackCode.Str8;
                span[1] = (byte)bytes;
                break;
            case 3:
                span[0] = MessagePackCode.Str16;
                BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)bytes);
                break;
            default:
                span[0] = MessagePackCode.Str32;
                BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)bytes);
                break;
        }
    }

    private static void WriteLongString(ref MessagePackWriter writer, string value, WriteContext context)
    {
        int length;
        try
        {
            length = s_strict.GetByteCount(value);
        }
        catch (EncoderFallbackException)
        {
            WriteInvalid(ref writer, value, context);
            return;
        }

        context.Charge(length - value.Length);
        writer.WriteStringHeader(length);
        Encoding.UTF8.GetBytes(value, writer.GetSpan(length));
        writer.Advance(length);
    }

    private static void WriteInvalid(ref MessagePackWriter writer, string value, WriteContext context)
    {
        if (context.Serializer.Profile == WireProfile.Plain)
        {
            byte[] replaced = Encoding.UTF8.GetBytes(value);
            writer.WriteString(replaced);
            return;
        }

        int length = checked(value.Length * 2);
        writer.WriteExtensionFormatHeader(new ExtensionHeader(WireCode.Utf16String, length));
        Span<byte> span = writer.GetSpan(length);
        for (int i = 0; i < value.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(span[(i * 2)..], value[i]);
        }

        writer.Advance(length);
    }
}

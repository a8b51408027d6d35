using System.Buffers.Binary;
using System.Text;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// The values that keys and values of shared dictionaries mostly are, short ASCII texts, integers, Booleans and null, without the machinery that an object graph needs. The bytes are those of <see cref="ObjectSerializer"/> in the full profile.
/// </summary>
internal static class ScalarCodec
{
    private const int LongestFixed = 31;
    private const int Longest = byte.MaxValue;

    /// <summary>Writes a value.</summary>
    /// <returns>False when it is of another kind; then nothing was written.</returns>
    public static bool TryWrite(PooledBufferWriter output, object? value)
    {
        switch (value)
        {
            case string text:
                return TryWrite(output, text);
            case int number:
                Write(output, number);
                return true;
            case null:
                Write(output, MessagePackCode.Nil);
                return true;
            case bool flag:
                Write(output, flag ? MessagePackCode.True : MessagePackCode.False);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads a value.</summary>
    /// <returns>False when it is of another kind.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out object? value)
    {
        value = null;
        if (bytes.IsEmpty)
        {
            return false;
        }

        switch (bytes[0])
        {
            case >= MessagePackCode.MinFixStr and <= MessagePackCode.MaxFixStr when bytes.Length == 1 + (bytes[0] & LongestFixed):
                value = Encoding.UTF8.GetString(bytes[1..]);
                return true;
            case MessagePackCode.Str8 when bytes.Length > 1 && bytes.Length == 2 + bytes[1]:
                value = Encoding.UTF8.GetString(bytes[2..]);
                return true;
            case <= MessagePackCode.MaxFixInt or >= MessagePackCode.MinNegativeFixInt when bytes.Length == 1:
                value = (int)(sbyte)bytes[0];
                return true;
            case MessagePackCode.UInt8 when bytes.Length == 2:
                value = (int)bytes[1];
                return true;
            case MessagePackCode.UInt16 when bytes.Length == 3:
                value = (int)BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
                return true;
            case MessagePackCode.UInt32 when bytes.Length == 5 && BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]) <= int.MaxValue:
                value = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
                return true;
            case MessagePackCode.Nil when bytes.Length == 1:
                return true;
            case MessagePackCode.True or MessagePackCode.False when bytes.Length == 1:
                value = bytes[0] == MessagePackCode.True;
                return true;
            default:
                return false;
        }
    }

    private static bool TryWrite(PooledBufferWriter output, string text)
    {
        if (text.Length > Longest || !Ascii.IsValid(text))
        {
            return false;
        }

        int header = text.Length <= LongestFixed ? 1 : 2;
        Span<byte> span = output.GetSpan(header + text.Length);
        if (header == 1)
        {
            span[0] = (byte)(MessagePackCode.MinFixStr | text.Length);
        }
        else
        {
            span[0] = MessagePackCode.Str8;
            span[1] = (byte)text.Length;
        }

        Ascii.FromUtf16(text, span[header..], out _);
        output.Advance(header + text.Length);
        return true;
    }

    private static void Write(PooledBufferWriter output, int number)
    {
        Span<byte> span = output.GetSpan(1 + sizeof(int));
        if (!MessagePackPrimitives.TryWrite(span, number, out int written))
        {
            throw new InvalidOperationException("There is room for any integer.");
        }

        output.Advance(written);
    }

    private static void Write(PooledBufferWriter output, byte code)
    {
        output.GetSpan(1)[0] = code;
        output.Advance(1);
    }
}

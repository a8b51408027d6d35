using System.Buffers.Binary;
using System.Text;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>Writes the fields of requests and responses: integers least significant byte first, and blocks of bytes after their length.</summary>
internal static class StateFrame
{
    /// <summary>The length of a block that is not there.</summary>
    public const int Nothing = -1;

    /// <summary>Writes a byte.</summary>
    public static void WriteByte(this PooledBufferWriter writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    /// <summary>Writes a status.</summary>
    public static void WriteStatus(this PooledBufferWriter writer, StateStatus status) => writer.WriteByte((byte)status);

    /// <summary>Writes an integer.</summary>
    public static void WriteInt32(this PooledBufferWriter writer, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(sizeof(int)), value);
        writer.Advance(sizeof(int));
    }

    /// <summary>Writes a long integer.</summary>
    public static void WriteInt64(this PooledBufferWriter writer, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(sizeof(long)), value);
        writer.Advance(sizeof(long));
    }

    /// <summary>Writes a block.</summary>
    public static void WriteBlock(this PooledBufferWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteInt32(bytes.Length);
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }

    /// <summary>Writes a text, or that there is none.</summary>
    public static void WriteText(this PooledBufferWriter writer, string? text)
    {
        if (text is null)
        {
            writer.WriteInt32(Nothing);
            return;
        }

        int length = Encoding.UTF8.GetByteCount(text);
        writer.WriteInt32(length);
        Encoding.UTF8.GetBytes(text, writer.GetSpan(length));
        writer.Advance(length);
    }
}

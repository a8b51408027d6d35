using System.Buffers.Binary;
using MessagePack;

namespace ProcessTools.Engine.Sockets;

/// <summary>Writes the frames that <see cref="FrameReader"/> reads.</summary>
internal static class FrameWriter
{
    /// <summary>The bytes of the length of a frame that .NET can hold in one array.</summary>
    public const int HeaderSize = sizeof(int);

    /// <summary>From so many bytes on their MessagePack has the long header.</summary>
    public const int LeastBinary = 1 << 16;

    private const int BinaryHeaderSize = 1 + sizeof(int);

    /// <summary>Writes the length of a frame.</summary>
    public static void WriteHeader(Span<byte> target, int length) => BinaryPrimitives.WriteInt32BigEndian(target, length);

    /// <summary>Writes a frame.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="body">What is in it.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="written">Raised by as many bytes as may have gone out, the length's included, however the call ends.</param>
    /// <returns>False when the time was over.</returns>
    public static bool Write(ByteLine line, ReadOnlySpan<byte> body, in LineWait wait, ref int written)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        WriteHeader(header, body.Length);
        return line.Write(header, body, wait, ref written);
    }

    /// <summary>Writes a frame whose body is a MessagePack value of bytes, without putting them together with what comes before them.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="bytes">The bytes, of which there are <see cref="LeastBinary"/> or more.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="written">Raised by as many bytes as may have gone out, however the call ends.</param>
    /// <returns>False when the time was over.</returns>
    public static bool WriteBinary(ByteLine line, ReadOnlySpan<byte> bytes, in LineWait wait, ref int written)
    {
        Span<byte> header = stackalloc byte[HeaderSize + BinaryHeaderSize];
        WriteHeader(header, BinaryHeaderSize + bytes.Length);
        header[HeaderSize] = MessagePackCode.Bin32;
        BinaryPrimitives.WriteInt32BigEndian(header[(HeaderSize + 1)..], bytes.Length);
        return line.Write(header, bytes, wait, ref written);
    }
}

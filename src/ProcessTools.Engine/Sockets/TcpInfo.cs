using System.Buffers.Binary;
using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>What Linux knows about a connection: the parts of <c>struct tcp_info</c> (linux/tcp.h) that are used here.</summary>
internal readonly struct TcpInfo
{
    private const int Option = 11;
    private const int Size = 60;
    private const byte FirstFinWait = 4;

    private readonly byte _state;

    private TcpInfo(ReadOnlySpan<byte> info)
    {
        _state = info[0];
        IsAsking = info[3] > 0 || BinaryPrimitives.ReadUInt32LittleEndian(info[24..]) > 0;
        SilenceMilliseconds = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(info[52..]), BinaryPrimitives.ReadUInt32LittleEndian(info[56..]));
    }

    /// <summary>Something is to be acknowledged by the other side: bytes, or a question whether it is there and has room.</summary>
    public bool IsAsking { get; }

    /// <summary>How long ago the last bytes or the last acknowledgement came.</summary>
    public long SilenceMilliseconds { get; }

    /// <summary>This side has said that it sends no more, and the other has not acknowledged all that was sent; it may still send itself.</summary>
    public bool IsFinishing => _state == FirstFinWait;

    /// <summary>Asks the system.</summary>
    /// <returns>False where there is no such thing: on another system, or for a socket that is not TCP's.</returns>
    public static bool TryRead(Socket socket, out TcpInfo info)
    {
        info = default;
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        try
        {
            if (socket.GetRawSocketOption((int)ProtocolType.Tcp, Option, bytes) < Size)
            {
                return false;
            }
        }
        catch (SocketException)
        {
            return false;
        }

        info = new TcpInfo(bytes);
        return true;
    }
}

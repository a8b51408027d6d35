using System.Net;
using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>Makes sockets, and says what is set on each connected one.</summary>
internal static class SocketSettings
{
    private const int Probes = 4;

    /// <summary>How long a connection may be silent before the other side is asked whether it is still there.</summary>
    public static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>A socket for an endpoint, neither bound nor connected.</summary>
    public static Socket Create(EndPoint endpoint) =>
        new(endpoint.AddressFamily, SocketType.Stream, endpoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);

    /// <summary>True for a socket of TCP, false for one of this system.</summary>
    public static bool IsTcp(Socket socket) => socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;

    /// <summary>
    /// Has a peer noticed that is gone without a word, by a fallen cable or power: after the silence it is asked four times. While it owes an acknowledgement nothing is asked; <see cref="PeerSilence"/> gives up after as long. So such a peer is noticed after about twice the time.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="keepAlive">The silence; zero for none of this.</param>
    public static void Apply(Socket socket, TimeSpan keepAlive)
    {
        if (!IsTcp(socket) || keepAlive <= TimeSpan.Zero)
        {
            return;
        }

        int seconds = Math.Max(1, (int)Math.Min(keepAlive.TotalSeconds, short.MaxValue));
        int interval = Math.Max(1, seconds / Probes);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }
}

using System.Globalization;
using System.Net.Sockets;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Sockets;

/// <summary>Who is at the two ends of a socket, as text.</summary>
internal static class SocketPeer
{
    // Of Linux's sys/socket.h: SOL_SOCKET and SO_PEERCRED, whose value is a struct ucred (socket(7)).
    private const int LinuxSocketLevel = 1;
    private const int LinuxPeerCredentials = 17;
    private const int LinuxCredentialsSize = 12;

    private static int s_count;

    /// <summary>The peer's address.</summary>
    public static string AddressOf(Socket socket, SocketAddress address)
    {
        if (address.Scheme == SocketScheme.Unix)
        {
            return TryGetProcess(socket) is { } process
                ? string.Create(CultureInfo.InvariantCulture, $"unix://{address.Path} (process {process})")
                : $"unix://{address.Path}";
        }

        try
        {
            return SocketAddress.TextOf(socket.RemoteEndPoint, address.Scheme);
        }
        catch (SocketException)
        {
            // It is gone already.
            return "an unknown peer";
        }
    }

    /// <summary>What tells this end from all others of this machine.</summary>
    public static string NewId(SocketAddress address) =>
        string.Create(CultureInfo.InvariantCulture, $"{address.Scheme.ToString().ToLowerInvariant()}-{ProcessIdentity.Current.Id}-{Interlocked.Increment(ref s_count)}");

    /// <summary>The process at the other end of a unix socket, where the system tells; null otherwise.</summary>
    private static int? TryGetProcess(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[LinuxCredentialsSize];
        try
        {
            return socket.GetRawSocketOption(LinuxSocketLevel, LinuxPeerCredentials, credentials) == LinuxCredentialsSize
                ? BitConverter.ToInt32(credentials)
                : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}

using System.Net.Sockets;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Sockets;

/// <summary>Ends connections.</summary>
internal static class GracefulClose
{
    // What was received and not read; more is thrown away with the connection.
    private const int MostDrained = 1 << 20;
    private const int DrainBuffer = 4096;

    /// <summary>
    /// Closes a connection so that the other side still receives what was sent: closing a TCP socket while received bytes lie unread resets the connection, and what is on its way is lost (RFC 1122, 4.2.2.13).
    /// </summary>
    public static void Close(ByteLine line)
    {
        try
        {
            if (SocketSettings.IsTcp(line.Socket))
            {
                line.Socket.Shutdown(SocketShutdown.Send);
                Drain(line.Socket);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }

        line.Dispose();
    }

    /// <summary>Ends a connection in both directions; whoever reads or writes on it is told. The socket stays to be closed.</summary>
    public static void Abort(ByteLine line)
    {
        try
        {
            line.Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }
    }

    private static unsafe void Drain(Socket socket)
    {
        byte* buffer = stackalloc byte[DrainBuffer];
        int count;
        for (int drained = 0; drained < MostDrained; drained += count)
        {
            count = PlatformServices.Current.Receive(socket, buffer, DrainBuffer, SocketPatience.None, out SocketError error);
            if (count == 0 || error != SocketError.Success)
            {
                return;
            }
        }
    }
}

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
    /// Closes a connection so that the other side still receives what was sent: closing a TCP socket while received bytes lie unread, or before some more come, resets the connection, and what is on its way is lost (RFC 1122,
    /// 4.2.2.13). Does not wait; what has to is done by <see cref="ClosingConnections"/>.
    /// </summary>
    public static void Close(ByteLine line)
    {
        try
        {
            if (SocketSettings.IsTcp(line.Socket))
            {
                line.Socket.Shutdown(SocketShutdown.Send);
                if (!Drain(line.Socket) && TcpInfo.TryRead(line.Socket, out TcpInfo info) && info.IsFinishing && ClosingConnections.TryAdd(line))
                {
                    return;
                }
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

    /// <summary>Throws away what was received; does not wait for more.</summary>
    /// <returns>True when no more will come.</returns>
    internal static unsafe bool Drain(Socket socket)
    {
        byte* buffer = stackalloc byte[DrainBuffer];
        int count;
        for (int drained = 0; drained < MostDrained; drained += count)
        {
            count = PlatformServices.Current.Receive(socket, buffer, DrainBuffer, SocketPatience.None, out SocketError error);
            if (count == 0 || error != SocketError.Success)
            {
                return error is not (SocketError.WouldBlock or SocketError.IOPending or SocketError.Interrupted);
            }
        }

        return false;
    }
}

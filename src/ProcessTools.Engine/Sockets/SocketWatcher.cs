using System.Net;
using System.Net.Sockets;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Wakes the waiters of sockets that they wait for together with channels in memory: one thread for the process, which sleeps on all of those sockets. A socket is watched until something has come; who
/// finds nothing to take then asks for it again. Thread-safe.
/// </summary>
internal static class SocketWatcher
{
    private static readonly object s_gate = new();
    private static readonly Dictionary<Socket, ParkingSpot> s_watched = [];
    private static Socket? s_bell;

    /// <summary>Wakes a spot as soon as a socket can be read.</summary>
    public static void Watch(Socket socket, ParkingSpot spot)
    {
        lock (s_gate)
        {
            if (s_watched.TryAdd(socket, spot))
            {
                s_bell ??= Start();
                Ring();
            }
        }
    }

    /// <summary>Watches a socket no more; when it returns, its spot is not used any more.</summary>
    public static void Forget(Socket socket)
    {
        lock (s_gate)
        {
            s_watched.Remove(socket);
        }
    }

    /// <summary>Watches a socket no more; soon after it returns, the thread does not use the socket any more.</summary>
    public static void Abandon(Socket socket)
    {
        lock (s_gate)
        {
            s_watched.Remove(socket);
            if (s_bell is not null)
            {
                Ring();
            }
        }
    }

    // A datagram socket that is connected to itself: the kernel drops what others send to it.
    private static Socket Start()
    {
        Socket bell = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        bell.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        bell.Connect(bell.LocalEndPoint!);
        bell.Blocking = false;
        Thread thread = new(() => Run(bell)) { IsBackground = true, Name = "ProcessTools socket watcher" };
        thread.Start();
        return bell;
    }

    private static void Ring() => s_bell!.Send([1], SocketFlags.None, out _);

    private static void Run(Socket bell)
    {
        byte[] rings = new byte[64];
        List<Socket> sockets = [];
        while (true)
        {
            sockets.Clear();
            sockets.Add(bell);
            lock (s_gate)
            {
                sockets.AddRange(s_watched.Keys);
            }

            try
            {
                Socket.Select(sockets, null, null, -1);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // One of them was closed meanwhile: its waiters are to look.
                WakeClosed();
                continue;
            }

            foreach (Socket socket in sockets)
            {
                if (socket == bell)
                {
                    bell.Receive(rings, SocketFlags.None, out _);
                }
                else
                {
                    Wake(socket);
                }
            }
        }
    }

    private static void Wake(Socket socket)
    {
        lock (s_gate)
        {
            if (s_watched.Remove(socket, out ParkingSpot spot))
            {
                spot.Wake();
            }
        }
    }

    private static void WakeClosed()
    {
        lock (s_gate)
        {
            foreach ((Socket socket, ParkingSpot spot) in s_watched)
            {
                if (socket.SafeHandle.IsClosed)
                {
                    s_watched.Remove(socket);
                    spot.Wake();
                }
            }
        }
    }
}

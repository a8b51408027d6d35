using System.ComponentModel;
using System.Net.Sockets;
using System.Security.Cryptography;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pipes;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Keeps the ends of pipes over sockets that are on their way to another process until that process fetches them, through a unix socket in the runtime folder, as Python's <c>multiprocessing.resource_sharer</c> does; or until
/// what they travelled in is gone: then the other end gets the end of file. Thread-safe.
/// </summary>
internal static class SocketHandover
{
    /// <summary>How long a fetch may take. Who fetches may keep others from a queue for that time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_exitPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromSeconds(1);

    private static readonly object s_gate = new();
    private static readonly Dictionary<long, Departure> s_departures = [];
    private static readonly Timer s_looks = new(static _ => DropLost(), null, Timeout.Infinite, Timeout.Infinite);
    private static string? s_address;

    static SocketHandover() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        EndAtExit();
        if (s_address is not null)
        {
            File.Delete(s_address);
        }
    };

    /// <summary>Where other processes fetch from this one.</summary>
    public static string Address
    {
        get
        {
            lock (s_gate)
            {
                return s_address ??= Start();
            }
        }
    }

    /// <summary>Keeps an end for whoever shows the token.</summary>
    /// <returns>The token.</returns>
    public static long Add(SocketPipeEnd end)
    {
        lock (s_gate)
        {
            long token;
            do
            {
                token = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
            }
            while (!s_departures.TryAdd(token, new Departure(end, Carrier.Self)));
            s_looks.Change(s_betweenLooks, s_betweenLooks);
            return token;
        }
    }

    /// <summary>Says what a token travels in.</summary>
    public static void SetCarrier(long token, Carrier carrier)
    {
        lock (s_gate)
        {
            if (s_departures.TryGetValue(token, out Departure? departure))
            {
                s_departures[token] = departure with { Carrier = carrier };
            }
        }
    }

    /// <summary>Keeps an end for a token no longer.</summary>
    /// <returns>False when it was not kept, or was fetched.</returns>
    public static bool Remove(long token)
    {
        lock (s_gate)
        {
            bool isKept = s_departures.Remove(token);
            if (isKept && s_departures.Count == 0)
            {
                s_looks.Change(Timeout.Infinite, Timeout.Infinite);
            }

            Monitor.PulseAll(s_gate);
            return isKept;
        }
    }

    /// <summary>Waits, not for long, until those who are going to fetch something have done so: when this process has ended, they cannot.</summary>
    public static void EndAtExit()
    {
        Deadline deadline = Deadline.After(s_exitPatience);
        lock (s_gate)
        {
            while (s_departures.Values.Any(static departure => departure.Carrier != Carrier.Self && departure.IsAlive) && deadline.Left > TimeSpan.Zero)
            {
                TimeSpan slice = deadline.Left < SharedWait.Slice ? deadline.Left : SharedWait.Slice;
                Monitor.Wait(s_gate, slice > TimeSpan.Zero ? slice : TimeSpan.Zero);
            }
        }
    }

    private static SocketPipeEnd? Find(long token)
    {
        lock (s_gate)
        {
            return s_departures.TryGetValue(token, out Departure? departure) ? departure.End : null;
        }
    }

    private static void DropLost()
    {
        List<(long Token, SocketPipeEnd End)> lost = [];
        lock (s_gate)
        {
            foreach ((long token, Departure departure) in s_departures)
            {
                if (!departure.IsAlive)
                {
                    lost.Add((token, departure.End));
                }
            }
        }

        foreach ((long token, SocketPipeEnd end) in lost)
        {
            end.Lose(token);
        }
    }

    private static string Start()
    {
        string path = RuntimeFolder.NewSocketPath("ends");
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // An argument, where the path is too long for a socket.
            listener.Dispose();
            throw new NotSerializableException("$", $"a socket is fetched through another one in the runtime folder, and that cannot be made there ({path}): {exception.Message}", null, exception);
        }

        new Thread(() => Listen(listener)) { IsBackground = true, Name = "ProcessTools ends of sockets" }.Start();
        return path;
    }

    private static void Listen(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = listener.Accept();
            }
            catch (SocketException)
            {
                // No descriptor is left, or the client has gone already.
                continue;
            }

            new Thread(() => Serve(client)) { IsBackground = true, Name = "ProcessTools end of a socket" }.Start();
        }
    }

    private static void Serve(Socket client)
    {
        using (client)
        {
            try
            {
                client.ReceiveTimeout = client.SendTimeout = (int)Patience.TotalMilliseconds;
                Span<byte> request = stackalloc byte[sizeof(long)];
                ReceiveAll(client, request);
                long token = BitConverter.ToInt64(request);
                if (Find(token)?.GiveAway(token, (socket, unread) => Give(client, socket, unread)) != true)
                {
                    client.Send([0]);
                }
            }
            catch (Exception exception) when (exception is SocketException or IOException or Win32Exception or ObjectDisposedException)
            {
                // Whoever asked is gone, or does not go on: the end stays here for another.
            }
        }
    }

    private static void Give(Socket client, Socket socket, byte[] unread)
    {
        PlatformServices.Current.PassSocket(client, socket, 1);
        SendAll(client, BitConverter.GetBytes(unread.Length));
        SendAll(client, unread);
        ReceiveAll(client, stackalloc byte[1]);
    }

    /// <summary>Fetches an end from the process that keeps it.</summary>
    /// <param name="address">Its <see cref="Address"/>.</param>
    /// <param name="token">The end's token.</param>
    /// <param name="unread">What came over the socket and was not taken yet.</param>
    /// <returns>The socket, or null when it is no longer kept there.</returns>
    public static Socket? Fetch(string address, long token, out byte[] unread)
    {
        unread = [];
        Socket? socket = null;
        bool isDone = false;
        try
        {
            using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.ReceiveTimeout = client.SendTimeout = (int)Patience.TotalMilliseconds;
            client.Connect(new UnixDomainSocketEndPoint(address));
            SendAll(client, BitConverter.GetBytes(token));
            socket = PlatformServices.Current.TakeSocket(client, out _);
            if (socket is null)
            {
                return null;
            }

            Span<byte> length = stackalloc byte[sizeof(int)];
            ReceiveAll(client, length);
            unread = new byte[Math.Max(0, BitConverter.ToInt32(length))];
            ReceiveAll(client, unread);
            client.Send([1]);
            isDone = true;
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or IOException or Win32Exception or ArgumentException)
        {
            // The process that kept it has ended, or is stopped.
            return null;
        }
        finally
        {
            if (!isDone && socket is not null)
            {
                // It may still be there for another.
                PlatformServices.Current.DetachSocket(socket);
            }
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    private static void ReceiveAll(Socket socket, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int count = socket.Receive(buffer);
            buffer = count > 0 ? buffer[count..] : throw new EndOfStreamException();
        }
    }

    private sealed record Departure(SocketPipeEnd End, Carrier Carrier)
    {
        // In a pipe it is lost with the receiving side, though the sending one keeps the pipe.
        public bool IsAlive => Carrier.Channel == 0 ? ProcessWord.IsAlive(Carrier.Process)
            : ChannelSegment.Exists(Carrier.Channel) && (Carrier.Receiver is not { } side || ChannelSegment.IsHeld(Carrier.Channel, side));
    }
}

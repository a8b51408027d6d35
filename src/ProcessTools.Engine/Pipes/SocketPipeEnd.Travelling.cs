using System.Globalization;
using System.Net.Sockets;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Sockets;

namespace ProcessTools.Engine.Pipes;

/// <content>Going to another process: the socket stays open here until that process has fetched it, but it is no longer used here.</content>
internal sealed partial class SocketPipeEnd : ITraveller
{
    // Tokens on their way, for which the socket stays open. Under the gate, as the next two.
    private int _tokens;
    private volatile bool _isAway;

    // Another process has it: closing it must not end the connection.
    private bool _isShared;

    // The ids of the ends that threads of this process are fetching.
    private static readonly HashSet<string> s_arriving = new(StringComparer.Ordinal);

    private static int s_pairs;

    /// <summary>Makes a pipe.</summary>
    /// <param name="isOneWay">True when only the first end sends.</param>
    /// <returns>Its two ends.</returns>
    public static (SocketPipeEnd First, SocketPipeEnd Second) CreatePair(bool isOneWay = false)
    {
        (Socket first, Socket second) = PlatformServices.Current.CreateSocketPair();
        string id = string.Create(CultureInfo.InvariantCulture, $"socket-{ProcessIdentity.Current.Id}-{Interlocked.Increment(ref s_pairs)}");
        return (Take(first, id + "-a", canSend: true, !isOneWay), Take(second, id + "-b", !isOneWay, canReceive: true));
    }

    /// <summary>What is known about this end in this process, so that one that comes back is the same object.</summary>
    /// <param name="id">Its <see cref="Id"/>.</param>
    public static string KeyOf(string id) => "socket " + id;

    /// <summary>Takes a socket over from another process.</summary>
    /// <exception cref="ChannelGoneException">It is no longer there.</exception>
    public static SocketPipeEnd Arrive(string address, long token, string id, string? peerAddress, bool canSend, bool canReceive)
    {
        if (ChannelRegistry.Find(KeyOf(id)) is SocketPipeEnd known && known.TryReturn(token))
        {
            return known;
        }

        lock (s_arriving)
        {
            while (!s_arriving.Add(id))
            {
                // One of its other tokens is being fetched by another thread, which takes not long.
                Monitor.Wait(s_arriving);
            }
        }

        try
        {
            if (SocketHandover.Fetch(address, token, out byte[] unread) is { } socket)
            {
                SocketLine line = new(socket);
                SocketPipeEnd end = new(line, new FrameReader(line, unread), id, peerAddress, canSend: canSend, canReceive: canReceive);
                ChannelRegistry.Add(KeyOf(id), end);
                return end;
            }

            // It was mentioned more than once, and came by the first token that arrived.
            return ChannelRegistry.Find(KeyOf(id)) is SocketPipeEnd { IsClosed: false } here ? here : throw new ChannelGoneException(id);
        }
        finally
        {
            lock (s_arriving)
            {
                s_arriving.Remove(id);
                Monitor.PulseAll(s_arriving);
            }
        }
    }

    /// <summary>Adds a token for this end to those on their way.</summary>
    /// <exception cref="PipeClosedException">The end was closed here, or is with another process.</exception>
    /// <exception cref="NotSerializableException">It cannot go to another process.</exception>
    public long Depart()
    {
        if (_line is not SocketLine)
        {
            throw new NotSerializableException("$", $"the connection '{Id}' is encrypted with keys that this process has. Let the other process connect itself, with Connect-ProcessPipe.", this);
        }

        if (!PlatformServices.Current.CanPassSockets)
        {
            throw new NotSerializableException("$", $"the pipe '{Id}' is a socket, which cannot be given to another process on this system. Make the pipe without -Transport Socket.", this);
        }

        lock (_gate)
        {
            ThrowIfClosing();
            _tokens++;
        }

        ChannelRegistry.Add(KeyOf(Id), this);
        return SocketHandover.Add(this);
    }

    /// <summary>A token did not travel, or came back here.</summary>
    public void Return(long token) => TryReturn(token);

    /// <inheritdoc/>
    void ITraveller.Board(long token, Carrier carrier)
    {
        SocketHandover.SetCarrier(token, carrier);
        lock (_gate)
        {
            _isAway = true;
        }
    }

    /// <summary>What a token travelled in is gone: nobody will fetch it.</summary>
    internal void Lose(long token)
    {
        if (SocketHandover.Remove(token))
        {
            lock (_gate)
            {
                _tokens--;
                if (_isAway && _tokens == 0)
                {
                    _isClosing = true;
                }

                ReleaseIfUnused();
            }
        }
    }

    /// <summary>Gives the socket to another process. Threads that send are waited for; those that receive are sent away.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="give">Gives it, and what was received and not taken. When that fails, all is as before.</param>
    /// <returns>False when it is no longer there.</returns>
    internal bool GiveAway(long token, Action<Socket, byte[]> give)
    {
        LineWait wait = new(Deadline.After(SocketHandover.Patience / 2));
        bool sendIsHeld = false;
        bool receiveIsHeld = false;
        try
        {
            sendIsHeld = Lock(_sendGate, wait);
            receiveIsHeld = sendIsHeld && Lock(_receiveGate, wait);
            if (!receiveIsHeld || _fault is not null || _isReleased || _isShared)
            {
                if (_isShared)
                {
                    // Whoever asks has it by another token, and nobody else will ask with this one.
                    SocketHandover.Remove(token);
                }

                return false;
            }

            give(_line.Socket, _reader.GetUnread());
            lock (_gate)
            {
                SocketHandover.Remove(token);
                _isShared = true;
                _isAway = true;
                _isClosing = true;
                _tokens = 0;
                ReleaseIfUnused();
            }

            return true;
        }
        finally
        {
            if (receiveIsHeld)
            {
                Monitor.Exit(_receiveGate);
            }

            if (sendIsHeld)
            {
                Monitor.Exit(_sendGate);
            }
        }
    }

    private static SocketPipeEnd Take(Socket socket, string id, bool canSend, bool canReceive)
    {
        SocketLine line = new(socket);
        return new SocketPipeEnd(line, new FrameReader(line), id, peerAddress: null, canSend: canSend, canReceive: canReceive);
    }

    private bool TryReturn(long token)
    {
        if (!SocketHandover.Remove(token))
        {
            return false;
        }

        lock (_gate)
        {
            if (!_isShared)
            {
                _tokens--;
                _isAway = false;
            }

            ReleaseIfUnused();
            return !_isShared && !_isClosing;
        }
    }

    // The connection itself lives on where it is now.
    private void Detach()
    {
        SocketWatcher.Abandon(_line.Socket);
        PlatformServices.Current.DetachSocket(_line.Socket);
    }
}

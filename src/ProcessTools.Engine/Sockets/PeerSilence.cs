using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Notices that the other side of a TCP connection does not answer, where the system does not soon: keep-alive asks nothing while sent bytes wait to be acknowledged, which the system gives up after a quarter of an hour (tcp(7)). Its
/// TCP_USER_TIMEOUT is no help, as it ends connections too whose other side lives and has no room. The limit is that of the socket's keep-alive; without that there is none. Thread-safe.
/// </summary>
/// <param name="socket">The socket.</param>
internal sealed class PeerSilence(Socket socket)
{
    private const long BetweenLooks = 1000;
    private const long NoLimit = long.MaxValue;
    private const long Never = -1;

    // The system counts in ticks of up to 10 ms.
    private const long Rounding = 100;

    private readonly object _gate = new();
    private long _nextLook = Environment.TickCount64 + BetweenLooks;
    private long _limit;

    // Since when the other side owes an answer, as far as looks have seen it, and has said nothing at all.
    private long _askedSince = Never;

    /// <summary>Looks whether the other side still answers, once a second at most; costs next to nothing else.</summary>
    /// <exception cref="LineBrokenException">It has not answered for longer than the limit.</exception>
    public void Check()
    {
        long now = Environment.TickCount64;
        if (now < Volatile.Read(ref _nextLook))
        {
            return;
        }

        lock (_gate)
        {
            if (now >= _nextLook)
            {
                Volatile.Write(ref _nextLook, now + BetweenLooks);
                Look(now);
            }
        }
    }

    private void Look(long now)
    {
        if (_limit == 0)
        {
            _limit = ReadLimit();
        }

        if (_limit == NoLimit || !TcpInfo.TryRead(socket, out TcpInfo info))
        {
            Volatile.Write(ref _nextLook, long.MaxValue);
        }
        else if (!info.IsAsking)
        {
            _askedSince = Never;
        }
        else if (_askedSince == Never || now - info.SilenceMilliseconds > _askedSince - Rounding)
        {
            // How long it was silent before that says nothing: it may not have been asked.
            _askedSince = now;
        }
        else if (now - _askedSince >= _limit)
        {
            throw LineBrokenException.From(SocketError.TimedOut);
        }
    }

    // Of the socket itself, which may have been set in another process.
    private long ReadLimit()
    {
        try
        {
            return Get(SocketOptionLevel.Socket, SocketOptionName.KeepAlive) == 0
                ? NoLimit
                : 1000L * (Get(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)
                    + (Get(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount) * Get(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)));
        }
        catch (SocketException)
        {
            return NoLimit;
        }
    }

    private int Get(SocketOptionLevel level, SocketOptionName name) => (int)socket.GetSocketOption(level, name)!;
}

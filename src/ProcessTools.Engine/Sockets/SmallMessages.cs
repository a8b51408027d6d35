using System.Diagnostics;
using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// When small messages go out over TCP: each at once, until so many follow one another closely that they are a stream; then the kernel gathers them into packets while those before are on their way (Nagle's algorithm, RFC 896), which
/// costs a fraction of a packet each. What is last in a stream does not wait for the other side's acknowledgement, which may come after 40 ms: it goes when this side begins to wait for an answer, or after a moment without
/// another message. All messages are in the kernel when a call returns, gathered or not. One thread sends at a time; thread-safe but for that.
/// </summary>
/// <param name="socket">The socket, which sends at once.</param>
internal sealed class SmallMessages(Socket socket) : IDisposable
{
    // A question of several parts, or a few messages in a row, are no stream.
    private const int LeastStream = 16;

    private const int MostSmall = 1 << 14;

    // Whoever takes longer from one message to the next gains nothing: a packet costs some microseconds.
    private static readonly long s_mostGap = Stopwatch.Frequency / 5_000;

    // The last of a stream waits for so long at most, or twice that. Looks cost a stream's sender next to nothing at this interval.
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private Timer? _timer;
    private long _last;
    private int _inARow;
    private volatile bool _isGathering;

    /// <summary>Bytes are about to be sent.</summary>
    /// <param name="length">How many.</param>
    public void BeforeSend(int length)
    {
        if (length > MostSmall)
        {
            // It fills packets by itself, and its end should not wait for the next.
            BeforeWait();
            return;
        }

        long now = Stopwatch.GetTimestamp();
        int inARow = now - _last < s_mostGap ? _inARow + 1 : 0;
        _inARow = inARow;
        Volatile.Write(ref _last, now);
        if (inARow >= LeastStream && !_isGathering)
        {
            Gather();
        }
    }

    /// <summary>This side begins to wait for the other: that must have all that was sent.</summary>
    public void BeforeWait()
    {
        // A race with a thread that sends ends one look at the timer later.
        _inARow = 0;
        if (_isGathering)
        {
            lock (_gate)
            {
                SendOn();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isGathering = false;
            _timer?.Dispose();
        }
    }

    private void Gather()
    {
        lock (_gate)
        {
            _isGathering = true;
            SetNoDelay(false);
            _timer ??= new Timer(static state => ((SmallMessages)state!).Look(), this, Timeout.Infinite, Timeout.Infinite);
            _timer.Change(s_look, Timeout.InfiniteTimeSpan);
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            if (!_isGathering)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _last)) >= s_look)
            {
                SendOn();
            }
            else
            {
                _timer!.Change(s_look, Timeout.InfiniteTimeSpan);
            }
        }
    }

    // Linux sends what it holds when the option is set (tcp(7)). A message that is sent while this happens goes out with that, or is sent at once as the option says.
    private void SendOn()
    {
        if (_isGathering)
        {
            _isGathering = false;
            SetNoDelay(true);
        }
    }

    private void SetNoDelay(bool value)
    {
        try
        {
            socket.NoDelay = value;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is over, or another process has it.
        }
    }
}

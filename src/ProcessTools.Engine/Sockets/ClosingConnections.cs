using System.Net.Sockets;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Connections that were closed here before the other side had acknowledged all that was sent. A closed socket answers what still comes with a reset, and drops what it has not sent; so these stay open, and what comes is thrown away,
/// until nothing can be lost any more. One thread for the process. Thread-safe.
/// </summary>
internal static class ClosingConnections
{
    // Each has a file descriptor, of which a process has 1024 where nobody has set more.
    private const int Most = 512;

    // As long as systems keep the connections of programs that have ended.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_exitPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(200);

    private static readonly object s_gate = new();
    private static readonly HashSet<Closing> s_closing = [];
    private static TimeSpan s_pause;
    private static Thread? s_thread;

    static ClosingConnections() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => EndAtExit();

    /// <summary>Keeps a connection, whose sending side was shut down, until it can be closed, and closes it then.</summary>
    /// <returns>False when there are too many.</returns>
    public static bool TryAdd(ByteLine line)
    {
        lock (s_gate)
        {
            if (s_closing.Count >= Most)
            {
                return false;
            }

            s_closing.Add(new Closing(line, Deadline.After(s_patience)));
            if (s_thread is null)
            {
                s_thread = new Thread(Run) { IsBackground = true, Name = "ProcessTools closing connections" };
                s_thread.Start();
            }

            LookSoon();
            return true;
        }
    }

    // What is not acknowledged when this process has ended is lost if the other side writes once more.
    private static void EndAtExit()
    {
        Deadline deadline = Deadline.After(s_exitPatience);
        lock (s_gate)
        {
            LookSoon();
            while (s_closing.Count > 0 && deadline.Left is { } left && left > TimeSpan.Zero)
            {
                Monitor.Wait(s_gate, left);
            }
        }
    }

    private static void LookSoon()
    {
        s_pause = s_shortestPause;
        Monitor.PulseAll(s_gate);
    }

    private static void Run()
    {
        while (true)
        {
            foreach (Closing closing in Next())
            {
                if (closing.IsDone)
                {
                    closing.Line.Dispose();
                    lock (s_gate)
                    {
                        s_closing.Remove(closing);
                        Monitor.PulseAll(s_gate);
                    }
                }
            }
        }
    }

    // After a pause, which becomes longer while none is added.
    private static Closing[] Next()
    {
        lock (s_gate)
        {
            while (s_closing.Count == 0)
            {
                Monitor.Wait(s_gate);
            }

            Monitor.Wait(s_gate, s_pause);
            s_pause = 2 * s_pause < s_longestPause ? 2 * s_pause : s_longestPause;
            return [.. s_closing];
        }
    }

    private sealed class Closing(ByteLine line, Deadline deadline)
    {
        public ByteLine Line => line;

        public bool IsDone
        {
            get
            {
                try
                {
                    return GracefulClose.Drain(line.Socket) || !TcpInfo.TryRead(line.Socket, out TcpInfo info) || !info.IsFinishing || deadline.Left <= TimeSpan.Zero;
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
                {
                    return true;
                }
            }
        }
    }
}

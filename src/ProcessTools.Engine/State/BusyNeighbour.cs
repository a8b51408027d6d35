using System.Diagnostics;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.State;

/// <summary>
/// Moves the hub's thread away from a client that works on the same processor, where each has to wait for the other to yield: at a third of the rate, until the system's scheduler finds out that another processor is idle. Under the
/// hub's thread alone.
/// </summary>
internal struct BusyNeighbour
{
    // The number of the processor is known late, and a client that asks now and then is no neighbour.
    private const int Requests = 64;
    private const int MostMicroseconds = 1000;
    private const int RestMicroseconds = 2000;

    private static readonly long s_most = Stopwatch.Frequency * MostMicroseconds / 1_000_000;
    private static readonly long s_rest = Stopwatch.Frequency * RestMicroseconds / 1_000_000;

    private int _count;
    private long _since;
    private long _moved;

    /// <summary>A request was served.</summary>
    /// <param name="processor">The processor on which it was written.</param>
    public void Served(int processor)
    {
        if (processor != Thread.GetCurrentProcessorId())
        {
            _count = 0;
            return;
        }

        if (_count++ == 0)
        {
            _since = Stopwatch.GetTimestamp();
        }
        else if (_count >= Requests)
        {
            _count = 0;
            long now = Stopwatch.GetTimestamp();
            if (now - _since <= s_most && now - _moved >= s_rest)
            {
                _moved = now;
                PlatformServices.Current.TryMoveThread();
            }
        }
    }
}

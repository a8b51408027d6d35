using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>When a wait is over. The clock is read for those waits only that have an end.</summary>
internal readonly struct Deadline
{
    private readonly long _begin;
    private readonly TimeSpan _timeout;

    private Deadline(long begin, TimeSpan timeout)
    {
        _begin = begin;
        _timeout = timeout;
    }

    /// <summary>What is left of the time: zero or less when it is over, <see cref="TimeSpan.MaxValue"/> when it has no end.</summary>
    public TimeSpan Left =>
        _timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _timeout == TimeSpan.Zero ? _timeout : _timeout - Stopwatch.GetElapsedTime(_begin);

    /// <summary>False for <c>default</c>.</summary>
    public bool IsSet => _begin != 0;

    /// <summary>The deadline that is so long from now.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for no end.</param>
    public static Deadline After(TimeSpan timeout) =>
        new(timeout == Timeout.InfiniteTimeSpan || timeout == TimeSpan.Zero ? 0 : Stopwatch.GetTimestamp(), timeout);
}

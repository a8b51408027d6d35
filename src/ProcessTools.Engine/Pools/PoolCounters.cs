using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools;

/// <summary>What a pool counts, and the times of the workers that have gone. A value, so that a snapshot is a copy.</summary>
internal struct PoolCounters
{
    private const int MostSlow = 5;
    private const int MostShown = 5;
    private const int MostText = 200;

    private PoolSlowItem?[]? _slowest;
    private double _leastSlow;

    public long Submitted;
    public long Completed;
    public long Failed;
    public long TimedOut;
    public long Cancelled;
    public long Crashed;
    public long Retried;
    public long WorkersStarted;
    public long WorkersLost;
    public long WorkersRecycled;

    private long _starting;
    private long _waiting;
    private long _working;
    private long _serializing;
    private long _living;

    /// <summary>How many tasks have not ended.</summary>
    public readonly long Unfinished => Submitted - Completed - Failed - TimedOut - Cancelled - Crashed;

    /// <summary>How long a worker has waited: the time since it was ready in which it did not work.</summary>
    public static TimeSpan WaitingTime(PoolWorker worker, long now) => !worker.IsReady
        ? TimeSpan.Zero
        : Stopwatch.GetElapsedTime(0, Math.Max(0, now - worker.StartedTicks - worker.StartingTicks - worker.WorkingTicks - (worker.IsRunning ? Math.Max(0, now - worker.Lane.BeginTime) : 0)));

    /// <summary>Counts an end.</summary>
    public void Count(in PoolTask task, in TaskEnd end)
    {
        switch (end.State)
        {
            case ProcessTaskState.Completed:
                Completed++;
                break;
            case ProcessTaskState.Failed:
                Failed++;
                break;
            case ProcessTaskState.TimedOut:
                TimedOut++;
                break;
            case ProcessTaskState.Cancelled:
                Cancelled++;
                break;
            default:
                Crashed++;
                break;
        }

        double seconds = end.Duration.TotalSeconds;
        if (seconds > _leastSlow && end.Worker is { } worker)
        {
            AddSlow(new PoolSlowItem(task.Index, seconds, worker, Describe(task.Input)));
        }
    }

    /// <summary>Adds the times of a worker.</summary>
    public void AddTimes(PoolWorker worker, long now)
    {
        _starting += worker.StartingTicks;
        _waiting += (long)(WaitingTime(worker, now).TotalSeconds * Stopwatch.Frequency);
        _working += worker.WorkingTicks + (worker.IsRunning ? Math.Max(0, now - worker.Lane.BeginTime) : 0);
        _serializing += worker.SerializingTicks;
        _living += now - worker.StartedTicks;
    }

    /// <summary>Makes the snapshot for users.</summary>
    public readonly PoolStatistics ToStatistics(int size, int workers, int idle, int busy, long queued, TimeSpan elapsed) => new()
    {
        Size = size,
        Workers = workers,
        Idle = idle,
        Busy = busy,
        Queued = queued,
        Submitted = Submitted,
        Completed = Completed,
        Failed = Failed,
        TimedOut = TimedOut,
        Cancelled = Cancelled,
        Crashed = Crashed,
        Retried = Retried,
        WorkersStarted = WorkersStarted,
        WorkersLost = WorkersLost,
        WorkersRecycled = WorkersRecycled,
        Elapsed = elapsed,
        Utilisation = _living == 0 ? 0 : Math.Min(1, (double)_working / _living),
        StartingTime = Stopwatch.GetElapsedTime(0, _starting),
        WaitingTime = Stopwatch.GetElapsedTime(0, _waiting),
        WorkingTime = Stopwatch.GetElapsedTime(0, _working),
        SerializingTime = Stopwatch.GetElapsedTime(0, _serializing),
        Slowest = (_slowest ?? []).OfType<PoolSlowItem>().OrderByDescending(static item => item.Seconds).ToArray(),
    };

    /// <summary>An input as it is kept: a simple value as it is, anything else as text, so that the pool keeps nobody's objects alive.</summary>
    private static object? Describe(object? input)
    {
        object? bare = Unwrapped.Of(input);
        return bare switch
        {
            null or ValueType => bare,
            object?[] { Length: 1 } only => Describe(only[0]),
            object?[] many => string.Join(", ", many.Take(MostShown).Select(Describe)),
            string text => text.Length <= MostText ? text : string.Concat(text.AsSpan(0, MostText), "…"),
            _ => Describe(input is PSObject { BaseObject: PSCustomObject } ? input.ToString() : bare.ToString()),
        };
    }

    private void AddSlow(PoolSlowItem item)
    {
        // A new array for each change, which is rare, because snapshots share it.
        PoolSlowItem[] best = [.. (_slowest ?? []).OfType<PoolSlowItem>().Append(item).OrderByDescending(static one => one.Seconds).Take(MostSlow)];
        _slowest = best;
        _leastSlow = best.Length < MostSlow ? 0 : best[^1].Seconds;
    }
}

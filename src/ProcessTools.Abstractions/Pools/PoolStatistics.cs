namespace ProcessTools;

/// <summary>What a pool has done and where its time went, as it was when it was asked for.</summary>
public sealed class PoolStatistics
{
    internal PoolStatistics()
    {
    }

    /// <summary>How many workers the pool may have.</summary>
    public int Size { get; internal init; }

    /// <summary>How many it has, starting ones included.</summary>
    public int Workers { get; internal init; }

    /// <summary>How many of them wait for work.</summary>
    public int Idle { get; internal init; }

    /// <summary>How many of them work; as many tasks are running.</summary>
    public int Busy { get; internal init; }

    /// <summary>How many tasks run.</summary>
    public int Running => Busy;

    /// <summary>How many tasks wait for a worker.</summary>
    public long Queued { get; internal init; }

    /// <summary>How many tasks it was given.</summary>
    public long Submitted { get; internal init; }

    /// <summary>How many ended with a result.</summary>
    public long Completed { get; internal init; }

    /// <summary>How many failed with an error.</summary>
    public long Failed { get; internal init; }

    /// <summary>How many met their time limit.</summary>
    public long TimedOut { get; internal init; }

    /// <summary>How many were cancelled.</summary>
    public long Cancelled { get; internal init; }

    /// <summary>How many were lost with their worker.</summary>
    public long Crashed { get; internal init; }

    /// <summary>How many attempts failed and were made again.</summary>
    public long Retried { get; internal init; }

    /// <summary>How many workers were started.</summary>
    public long WorkersStarted { get; internal init; }

    /// <summary>How many workers died.</summary>
    public long WorkersLost { get; internal init; }

    /// <summary>How many workers were replaced for the number of their tasks, their memory, or a task that had to be stopped.</summary>
    public long WorkersRecycled { get; internal init; }

    /// <summary>How long the pool exists.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>The share of the time of all its workers that they spent on tasks, from 0 to 1.</summary>
    public double Utilisation { get; internal init; }

    /// <summary>How long workers took to come up, all together.</summary>
    public TimeSpan StartingTime { get; internal init; }

    /// <summary>How long workers waited for work, all together.</summary>
    public TimeSpan WaitingTime { get; internal init; }

    /// <summary>How long scripts ran in workers, all together.</summary>
    public TimeSpan WorkingTime { get; internal init; }

    /// <summary>How long workers took to read inputs and write outputs, all together.</summary>
    public TimeSpan SerializingTime { get; internal init; }

    /// <summary>The tasks that took longest, at most five, the slowest first.</summary>
    public IReadOnlyList<PoolSlowItem> Slowest { get; internal init; } = [];
}

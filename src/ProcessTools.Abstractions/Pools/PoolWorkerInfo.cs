namespace ProcessTools;

/// <summary>A worker of a pool, as it was when it was asked for.</summary>
public sealed class PoolWorkerInfo
{
    internal PoolWorkerInfo()
    {
    }

    /// <summary>The id of its process.</summary>
    public int ProcessId { get; internal init; }

    /// <summary>What it was doing.</summary>
    public PoolWorkerState State { get; internal init; }

    /// <summary>How many tasks it had ended, in whatever way.</summary>
    public long TasksDone { get; internal init; }

    /// <summary>When its process was started, local time.</summary>
    public DateTime Started { get; internal init; }

    /// <summary>How long it took to come up, its initialization script included.</summary>
    public TimeSpan StartingTime { get; internal init; }

    /// <summary>How long it has waited for work.</summary>
    public TimeSpan WaitingTime { get; internal init; }

    /// <summary>How long scripts have run in it.</summary>
    public TimeSpan WorkingTime { get; internal init; }

    /// <summary>How long it took to read inputs and write outputs.</summary>
    public TimeSpan SerializingTime { get; internal init; }
}

namespace ProcessTools;

/// <summary>What a worker of a pool is doing.</summary>
public enum PoolWorkerState
{
    /// <summary>Its process comes up, or its initialization script runs.</summary>
    Starting,

    /// <summary>It waits for work.</summary>
    Idle,

    /// <summary>It works.</summary>
    Busy,

    /// <summary>It gets no more work and is about to end.</summary>
    Leaving,
}

namespace ProcessTools;

/// <summary>Where a task of a pool is. The first two change; each task ends in exactly one of the others.</summary>
public enum ProcessTaskState
{
    /// <summary>It waits for a worker, or for its next attempt.</summary>
    Pending,

    /// <summary>A worker works on it.</summary>
    Running,

    /// <summary>It ended with a result.</summary>
    Completed,

    /// <summary>A terminating error ended it, or its input or output could not travel.</summary>
    Failed,

    /// <summary>It took longer than its time limit and was stopped.</summary>
    TimedOut,

    /// <summary>It was cancelled, before or while it ran.</summary>
    Cancelled,

    /// <summary>Its worker died while it ran.</summary>
    Crashed,
}

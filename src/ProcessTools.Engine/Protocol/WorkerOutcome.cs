namespace ProcessTools.Engine.Protocol;

/// <summary>How a worker's script ended. The numbers are part of the protocol.</summary>
internal enum WorkerOutcome
{
    /// <summary>It ran to its end, or called <c>exit</c>.</summary>
    Completed = 0,

    /// <summary>A terminating error ended it.</summary>
    Failed = 1,

    /// <summary>It was asked to stop and did.</summary>
    Stopped = 2,
}

namespace ProcessTools.Engine.Memory;

/// <summary>How an operation on a queue in shared memory ended.</summary>
internal enum QueueResult
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>The time was over first; nothing was changed.</summary>
    TimedOut,

    /// <summary>The queue is closed (and, for a consumer, drained).</summary>
    Closed,

    /// <summary>The reader refused the record; it is still there.</summary>
    Refused,
}

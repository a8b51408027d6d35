namespace ProcessTools.Engine.Memory;

/// <summary>How a party's visit to a barrier ended. The numbers are in shared memory.</summary>
internal enum BarrierOutcome
{
    /// <summary>It has not: the party waits.</summary>
    Waiting = 1,

    /// <summary>All parties came.</summary>
    Passed,

    /// <summary>Somebody broke the barrier: it was aborted, a wait was cancelled, or what the last party ran has failed.</summary>
    Broken,

    /// <summary>The barrier was made empty while the party waited.</summary>
    Reset,

    /// <summary>A party died, which broke the barrier.</summary>
    Died,

    /// <summary>The time of one that waited was over, which broke the barrier.</summary>
    TimedOut,
}

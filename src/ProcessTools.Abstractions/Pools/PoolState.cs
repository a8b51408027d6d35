namespace ProcessTools;

/// <summary>What a pool still does.</summary>
public enum PoolState
{
    /// <summary>It takes tasks.</summary>
    Open,

    /// <summary>It takes no more tasks and finishes those that it has.</summary>
    Closed,

    /// <summary>Its workers are gone, and so is what they had not finished.</summary>
    Terminated,

    /// <summary>Its workers cannot start, for example because its initialization script throws; each task fails with that error.</summary>
    Broken,
}

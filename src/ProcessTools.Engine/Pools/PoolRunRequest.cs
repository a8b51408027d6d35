using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>What is asked of <c>Invoke-ProcessPool</c>, as the caller gave it.</summary>
internal sealed class PoolRunRequest
{
    /// <summary>The script.</summary>
    public required ScriptBlock Script { get; init; }

    /// <summary>The pool, or null for the session's own.</summary>
    public ProcessPool? Pool { get; init; }

    /// <summary>Arguments that follow the item.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>How many items at once, or null.</summary>
    public int? Throttle { get; init; }

    /// <summary>How many items go in one go, or null.</summary>
    public int? ChunkSize { get; init; }

    /// <summary>True for results in the order of the items.</summary>
    public bool IsOrdered { get; init; } = true;

    /// <summary>True when items are taken apart into arguments.</summary>
    public bool Splat { get; init; }

    /// <summary>A script to run once in each worker before, or null.</summary>
    public ScriptBlock? Initialization { get; init; }

    /// <summary>Modules to import.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Functions to take along beside those that are found.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>Variables to take along.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Variables to set, with their values.</summary>
    public IReadOnlyDictionary<string, object?> Preferences { get; init; } = new Dictionary<string, object?>();

    /// <summary>True to take along only what is named.</summary>
    public bool NoImport { get; init; }

    /// <summary>How long an item may take, or null.</summary>
    public TimeSpan? TaskTimeout { get; init; }

    /// <summary>How often an item that failed is tried again, or null for what the pool says.</summary>
    public int? RetryCount { get; init; }

    /// <summary>How long to wait before the first of these.</summary>
    public TimeSpan RetryDelay { get; init; } = RetryPolicy.DefaultDelay;

    /// <summary>After how many items a worker is replaced, or null.</summary>
    public int? MaxTasksPerWorker { get; init; }

    /// <summary>Runs for each item that ended with a result, or null.</summary>
    public ScriptBlock? Callback { get; init; }

    /// <summary>Runs for each item that did not, or null.</summary>
    public ScriptBlock? ErrorCallback { get; init; }

    /// <summary>The full path of the job log, or null.</summary>
    public string? JobLog { get; init; }

    /// <summary>True to pass over what the job log has.</summary>
    public bool Resume { get; init; }

    /// <summary>At how many failures to stop, or null.</summary>
    public string? Halt { get; init; }

    /// <summary>True for one record an item.</summary>
    public bool AsRecord { get; init; }
}

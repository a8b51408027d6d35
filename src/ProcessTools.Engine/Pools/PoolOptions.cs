using System.Diagnostics;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>What a pool is made with.</summary>
internal sealed class PoolOptions
{
    /// <summary>More than any machine runs at once with gain; each takes some 100 MB.</summary>
    public const int MostWorkers = 1024;

    /// <summary>Its name, or null for one made from its number.</summary>
    public string? Name { get; init; }

    /// <summary>How many workers it may have.</summary>
    public required int Size { get; init; }

    /// <summary>How a worker is set up.</summary>
    public required WorkerStart SetUp { get; init; }

    /// <summary>True when workers come up before there is work.</summary>
    public bool StartsAtOnce { get; init; }

    /// <summary>True for the session's own pool.</summary>
    public bool IsDefault { get; init; }

    /// <summary>After how many tasks a worker is replaced, or null.</summary>
    public int? MaxTasksPerWorker { get; init; }

    /// <summary>Above how many bytes of memory a worker is replaced after a task, or null.</summary>
    public long? MaxWorkerMemory { get; init; }

    /// <summary>How long a task may take that says nothing else, or null.</summary>
    public TimeSpan? TaskTimeout { get; init; }

    /// <summary>How often a task is tried again that says nothing else.</summary>
    public int RetryCount { get; init; }

    /// <summary>After how long without work workers leave, or null.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>How long a task that is told to stop may take before its worker is killed.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The priority of the workers, or null for the session's own.</summary>
    public ProcessPriorityClass? Priority { get; init; }
}

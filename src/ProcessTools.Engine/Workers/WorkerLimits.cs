using System.Diagnostics;

namespace ProcessTools.Engine.Workers;

/// <summary>The limits that any worker runs under, script or program.</summary>
internal sealed class WorkerLimits
{
    /// <summary>How long it may run, or null for as long as it takes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long a worker that was asked to stop may take before its process tree is killed.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The priority of its process, or null for the session's own.</summary>
    public ProcessPriorityClass? Priority { get; init; }
}

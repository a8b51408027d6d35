using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>How a task ended.</summary>
internal readonly struct TaskEnd
{
    /// <summary>How.</summary>
    public required ProcessTaskState State { get; init; }

    /// <summary>The error that ended it, or null.</summary>
    public ErrorRecord? Error { get; init; }

    /// <summary>When the attempt began, in ticks of the clock; 0 when it did not.</summary>
    public long Started { get; init; }

    /// <summary>How long the attempt took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The process that ran it, or null.</summary>
    public int? Worker { get; init; }

    /// <summary>The exit code of a process that died, or null.</summary>
    public int? ExitCode { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; init; }
}

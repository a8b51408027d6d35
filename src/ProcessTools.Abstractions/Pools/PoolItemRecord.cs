using System.Management.Automation;

namespace ProcessTools;

/// <summary>What became of an item: what <c>Invoke-ProcessPool -AsRecord</c> writes for each.</summary>
public sealed class PoolItemRecord
{
    internal PoolItemRecord()
    {
    }

    /// <summary>Its place in the input, from 0.</summary>
    public long Index { get; internal init; }

    /// <summary>The item.</summary>
    public object? Input { get; internal init; }

    /// <summary>What it wrote, one element an object.</summary>
    public object?[] Output { get; internal init; } = [];

    /// <summary>The error that ended it, or null.</summary>
    public ErrorRecord? Error { get; internal init; }

    /// <summary>All errors that it wrote, with the one that ended it last.</summary>
    public ErrorRecord[] Errors { get; internal init; } = [];

    /// <summary>How it ended.</summary>
    public ProcessTaskState Status { get; internal init; }

    /// <summary>How long its last attempt ran, in seconds.</summary>
    public double Seconds { get; internal init; }

    /// <summary>When its last attempt began, local time; null when it never did.</summary>
    public DateTime? Started { get; internal init; }

    /// <summary>The id of the process that ran it, or null when none did.</summary>
    public int? Worker { get; internal init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; internal init; }
}

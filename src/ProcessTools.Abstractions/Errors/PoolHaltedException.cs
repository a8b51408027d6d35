using System.Management.Automation;

namespace ProcessTools;

/// <summary>So many items failed that <c>-Halt</c> stopped the command. ErrorId <c>PoolHalted</c>.</summary>
public sealed class PoolHaltedException : ProcessToolsException
{
    internal PoolHaltedException(long failed, long finished, string limit)
        : base(
            "PoolHalted",
            ErrorCategory.OperationStopped,
            $"{failed} of {finished} finished items failed, so the command was stopped (-Halt {limit}). Items that had not ended were cancelled; with -JobLog and -Resume the rest can be done later.",
            limit)
    {
        Failed = failed;
        Finished = finished;
    }

    /// <summary>How many items had failed.</summary>
    public long Failed { get; }

    /// <summary>How many items had ended.</summary>
    public long Finished { get; }
}

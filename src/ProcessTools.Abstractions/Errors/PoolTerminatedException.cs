using System.Management.Automation;

namespace ProcessTools;

/// <summary>A pool was terminated while a command worked with it. ErrorId <c>PoolTerminated</c>.</summary>
public sealed class PoolTerminatedException : ProcessToolsException
{
    internal PoolTerminatedException(ProcessPool pool)
        : base("PoolTerminated", ErrorCategory.OperationStopped, $"The {pool} was terminated while work was under way; what had not ended was cancelled. Make a new pool with New-ProcessPool and run the command again.", pool)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A pool that was closed or terminated was given a task. ErrorId <c>PoolClosed</c>.</summary>
public sealed class PoolClosedException : ProcessToolsException
{
    internal PoolClosedException(ProcessPool pool)
        : base("PoolClosed", ErrorCategory.InvalidOperation, $"The {pool} takes no more tasks: it was {(pool.State == PoolState.Terminated ? "terminated" : "closed")}. Make a new pool with New-ProcessPool.", pool)
    {
    }
}

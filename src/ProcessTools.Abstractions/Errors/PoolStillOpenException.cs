using System.Management.Automation;

namespace ProcessTools;

/// <summary>Join was called on a pool that still takes tasks. ErrorId <c>PoolStillOpen</c>.</summary>
public sealed class PoolStillOpenException : ProcessToolsException
{
    internal PoolStillOpenException(ProcessPool pool)
        : base("PoolStillOpen", ErrorCategory.InvalidOperation, $"The {pool} still takes tasks, so waiting for its end would have no end. Call Close() or Terminate() before Join().", pool)
    {
    }
}

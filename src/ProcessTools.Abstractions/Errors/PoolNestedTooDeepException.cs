using System.Management.Automation;

namespace ProcessTools;

/// <summary>A pool was used in a worker of a pool in a worker of a pool, and so on. ErrorId <c>PoolNestedTooDeep</c>.</summary>
public sealed class PoolNestedTooDeepException : ProcessToolsException
{
    internal PoolNestedTooDeepException(int depth)
        : base("PoolNestedTooDeep", ErrorCategory.LimitsExceeded, $"This process is the worker of a pool at depth {depth}, and pools may not be nested deeper. Does the script block call itself? Give the work to the pool further up.", depth)
    {
    }
}

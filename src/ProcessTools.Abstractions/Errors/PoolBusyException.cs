using System.Management.Automation;

namespace ProcessTools;

/// <summary>A pool that has work was to be removed. ErrorId <c>PoolBusy</c>.</summary>
public sealed class PoolBusyException : ProcessToolsException
{
    internal PoolBusyException(ProcessPool pool, long tasks)
        : base("PoolBusy", ErrorCategory.ResourceBusy, $"The {pool} has {tasks} unfinished task(s). Wait for them with Close() and Join(), or use Remove-ProcessPool -Force to cancel them.", pool)
    {
    }
}

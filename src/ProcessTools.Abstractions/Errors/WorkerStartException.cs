using System.Management.Automation;

namespace ProcessTools;

/// <summary>A worker's process could not be started or did not come up. ErrorId <c>WorkerStartFailed</c>.</summary>
public sealed class WorkerStartException : ProcessToolsException
{
    internal WorkerStartException(string message, Exception? innerException = null, object? target = null)
        : base("WorkerStartFailed", ErrorCategory.ResourceUnavailable, message, target, innerException)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>Something was asked of a worker that its state does not allow. ErrorId <c>WorkerState</c>.</summary>
public sealed class WorkerStateException : ProcessToolsException
{
    internal WorkerStateException(WorkerProcess worker, string message)
        : base("WorkerState", ErrorCategory.InvalidOperation, message, worker)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A worker was closed while it runs. ErrorId <c>WorkerStillRunning</c>.</summary>
public sealed class WorkerStillRunningException : ProcessToolsException
{
    internal WorkerStillRunningException(WorkerProcess worker)
        : base(
            "WorkerStillRunning",
            ErrorCategory.ResourceBusy,
            $"Worker '{worker.Name}' is still running. Wait for it with Wait-Job, or stop it with Stop-Job, before it is closed.",
            worker)
    {
    }
}

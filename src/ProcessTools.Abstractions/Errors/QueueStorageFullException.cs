using System.Management.Automation;

namespace ProcessTools;

/// <summary>There is no room on the disk for what a durable queue was to keep; the queue is as before. ErrorId <c>QueueStorageFull</c>.</summary>
public sealed class QueueStorageFullException : ProcessToolsException
{
    internal QueueStorageFullException(string path, Exception? innerException = null)
        : base(
            "QueueStorageFull",
            ErrorCategory.ResourceUnavailable,
            $"There is no room left on the disk of the durable queue '{path}'. The queue is as before, and nothing in it is lost. Free some room and try again.",
            path,
            innerException)
    {
    }
}

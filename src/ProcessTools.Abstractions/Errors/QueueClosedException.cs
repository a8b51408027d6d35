using System.Management.Automation;

namespace ProcessTools;

/// <summary>A queue is closed: nothing can be put, or everything has been taken. ErrorId <c>QueueClosed</c>.</summary>
public sealed class QueueClosedException : ProcessToolsException
{
    internal QueueClosedException(ProcessQueue queue, bool isDrained)
        : base(
            "QueueClosed",
            ErrorCategory.InvalidOperation,
            isDrained
                ? $"The queue '{queue}' is closed and all its items have been taken; none will come any more."
                : $"The queue '{queue}' is closed; nothing can be put any more. Make a new queue with New-ProcessQueue.",
            queue)
    {
    }
}

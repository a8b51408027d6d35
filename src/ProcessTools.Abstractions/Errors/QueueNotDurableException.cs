using System.Management.Automation;

namespace ProcessTools;

/// <summary>Something that only durable queues have was asked of another. ErrorId <c>QueueNotDurable</c>.</summary>
public sealed class QueueNotDurableException : ProcessToolsException
{
    internal QueueNotDurableException(ProcessQueue queue, string member)
        : base(
            "QueueNotDurable",
            ErrorCategory.InvalidOperation,
            $"The queue '{queue}' is in memory, and has no {member}. Durable queues have: make one with New-ProcessQueue -Path.",
            queue)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A task was cancelled. ErrorId <c>TaskCancelled</c>.</summary>
public sealed class TaskCancelledException : ProcessToolsException
{
    internal TaskCancelledException(object? item)
        : base("TaskCancelled", ErrorCategory.OperationStopped, "The task was cancelled before it ended. Submit it again if its result is wanted after all.", item)
    {
    }
}

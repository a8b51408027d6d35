using System.Management.Automation;

namespace ProcessTools;

/// <summary><c>TaskDone</c> was called more often than items were put. ErrorId <c>TaskDone</c>.</summary>
public sealed class TaskDoneException : ProcessToolsException
{
    internal TaskDoneException(ProcessQueue queue)
        : base(
            "TaskDone",
            ErrorCategory.InvalidOperation,
            queue.Path is null
                ? $"TaskDone was called more often on the queue '{queue}' than items were put. Call it once for each item that was taken."
                : $"This process has no item of the queue '{queue}' to report. Call TaskDone or GiveBack once for each item that was taken, in the process that took it.",
            queue)
    {
    }
}

using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>What <c>Join</c> waits for was taken by processes that have died. ErrorId <c>TasksLost</c>.</summary>
public sealed class TasksLostException : ProcessToolsException
{
    internal TasksLostException(ProcessQueue queue, long lost)
        : base(
            "TasksLost",
            ErrorCategory.ResourceUnavailable,
            string.Create(CultureInfo.InvariantCulture, $"{(lost == 1 ? "One item" : $"{lost} items")} of the queue '{queue}' went to processes that have ended without TaskDone; nobody will report {(lost == 1 ? "it" : "them")} any more. All other items are done."),
            queue)
    {
    }
}

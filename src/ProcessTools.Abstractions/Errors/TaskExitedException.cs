using System.Management.Automation;

namespace ProcessTools;

/// <summary>A task called exit, which would have ended its worker. ErrorId <c>TaskExited</c>.</summary>
public sealed class TaskExitedException : ProcessToolsException
{
    internal TaskExitedException(int exitCode, object? item)
        : base("TaskExited", ErrorCategory.InvalidOperation, $"The task called \"exit {exitCode}\", which ends the task but not the worker. Use return to end a task without an error, or throw to end it with one.", item)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A task took longer than its time limit; it was stopped and its worker replaced. ErrorId <c>TaskTimeout</c>.</summary>
public sealed class TaskTimeoutException : ProcessToolsException
{
    internal TaskTimeoutException(TimeSpan limit, int processId, object? item)
        : base("TaskTimeout", ErrorCategory.OperationTimeout, $"The task did not end within {limit.TotalSeconds:0.###} seconds and was stopped; its worker (process {processId}) was replaced. Give it more time with -TimeoutSeconds (New-ProcessPool: -TaskTimeoutSeconds), or smaller items.", item)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>Futures were not done in time; their tasks go on. ErrorId <c>FutureTimeout</c>.</summary>
public sealed class FutureTimeoutException : ProcessToolsException
{
    internal FutureTimeoutException(ProcessFuture future, TimeSpan timeout)
        : base(
            "FutureTimeout",
            ErrorCategory.OperationTimeout,
            $"The {future} was not done within {timeout.TotalSeconds:0.###} seconds. The task goes on: wait longer, or end it with Cancel().",
            future)
    {
    }

    internal FutureTimeoutException(int unfinished, int all, TimeSpan timeout)
        : base(
            "FutureTimeout",
            ErrorCategory.OperationTimeout,
            $"{unfinished} of {all} futures were not done within {timeout.TotalSeconds:0.###} seconds. Their tasks go on: wait longer, or end them with Cancel().")
    {
    }
}

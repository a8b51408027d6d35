using System.Management.Automation;

namespace ProcessTools;

/// <summary>An end of a pipe was closed, or nobody holds the other end any more. ErrorId <c>PipeClosed</c>.</summary>
public sealed class PipeClosedException : ProcessToolsException
{
    internal PipeClosedException(ProcessPipeEnd end, bool closedHere)
        : base(
            "PipeClosed",
            ErrorCategory.InvalidOperation,
            closedHere
                ? $"This end of the pipe '{end}' was closed."
                : $"Nobody holds the other end of the pipe '{end}' any more: it was closed, or its process has ended.",
            end)
    {
    }
}

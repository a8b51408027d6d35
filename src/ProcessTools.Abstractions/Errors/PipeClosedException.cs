using System.Management.Automation;

namespace ProcessTools;

/// <summary>An end of a pipe was closed, or nobody holds the other end any more. ErrorId <c>PipeClosed</c>.</summary>
public sealed class PipeClosedException : ProcessToolsException
{
    internal PipeClosedException(ProcessPipeEnd end, bool closedHere)
        : this(
            end,
            closedHere
                ? $"This end of the pipe '{end}' was closed."
                : $"Nobody holds the other end of the pipe '{end}' any more: it was closed, or its process has ended.")
    {
    }

    internal PipeClosedException(ProcessPipeEnd end, string message, Exception? innerException = null)
        : base("PipeClosed", ErrorCategory.InvalidOperation, message, end, innerException)
    {
    }
}

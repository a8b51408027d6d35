using System.Management.Automation;

namespace ProcessTools;

/// <summary>The end of a pipe has no stream of bytes. ErrorId <c>PipeNoStream</c>.</summary>
public sealed class PipeNoStreamException : ProcessToolsException
{
    internal PipeNoStreamException(ProcessPipeEnd end)
        : base(
            "PipeNoStream",
            ErrorCategory.InvalidOperation,
            $"The pipe '{end}' is in shared memory and carries messages only. New-ProcessPipe -Transport Socket makes one with a stream of bytes.",
            end)
    {
    }
}

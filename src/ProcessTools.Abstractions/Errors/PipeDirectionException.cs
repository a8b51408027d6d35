using System.Management.Automation;

namespace ProcessTools;

/// <summary>A one-way pipe was used in the other direction. ErrorId <c>PipeDirection</c>.</summary>
public sealed class PipeDirectionException : ProcessToolsException
{
    internal PipeDirectionException(ProcessPipeEnd end, bool isSend)
        : base(
            "PipeDirection",
            ErrorCategory.InvalidOperation,
            isSend
                ? $"This is the receiving end of the one-way pipe '{end}'; nothing can be sent from it. Make the pipe without -OneWay to send both ways."
                : $"This is the sending end of the one-way pipe '{end}'; nothing can be received from it. Make the pipe without -OneWay to send both ways.",
            end)
    {
    }
}

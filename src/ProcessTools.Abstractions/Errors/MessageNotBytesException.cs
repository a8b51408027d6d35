using System.Management.Automation;

namespace ProcessTools;

/// <summary>The next message is an object where bytes were asked for. ErrorId <c>MessageNotBytes</c>.</summary>
public sealed class MessageNotBytesException : ProcessToolsException
{
    internal MessageNotBytesException(ProcessPipeEnd end)
        : base(
            "MessageNotBytes",
            ErrorCategory.InvalidType,
            $"The next message of the pipe '{end}' is an object, not bytes. It is still there: receive it with Receive.",
            end)
    {
    }
}

using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>A message has more bytes than the buffer for it. ErrorId <c>BufferTooShort</c>.</summary>
public sealed class BufferTooShortException : ProcessToolsException
{
    internal BufferTooShortException(ProcessPipeEnd end, long size, int room)
        : base(
            "BufferTooShort",
            ErrorCategory.InvalidArgument,
            string.Create(CultureInfo.InvariantCulture, $"The next message of the pipe '{end}' has {size} bytes, and the buffer has room for {room}. The message is still there: receive it with a larger buffer, or with ReceiveBytes."),
            end)
    {
    }
}

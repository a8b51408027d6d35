using System.Management.Automation;

namespace ProcessTools;

/// <summary>The process at the other end is gone. ErrorId <c>ConnectionLost</c>.</summary>
public sealed class ConnectionLostException : ProcessToolsException
{
    internal ConnectionLostException()
        : base("ConnectionLost", ErrorCategory.ConnectionError, "The process at the other end of the connection is gone; what was sent to it last may not have been read.")
    {
    }
}

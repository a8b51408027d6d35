using System.Management.Automation;

namespace ProcessTools;

/// <summary>A connection was used after this side had closed it. ErrorId <c>ConnectionClosed</c>.</summary>
public sealed class ConnectionClosedException : ProcessToolsException
{
    internal ConnectionClosedException()
        : base("ConnectionClosed", ErrorCategory.InvalidOperation, "The connection was closed on this side; nothing can be sent on it any more.")
    {
    }
}

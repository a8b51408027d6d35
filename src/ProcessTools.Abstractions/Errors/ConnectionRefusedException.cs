using System.Management.Automation;

namespace ProcessTools;

/// <summary>No connection could be made: nobody listens there, or the host cannot be reached. ErrorId <c>ConnectionRefused</c>.</summary>
public sealed class ConnectionRefusedException : ProcessToolsException
{
    internal ConnectionRefusedException(string address, string reason, Exception? innerException = null)
        : base(
            "ConnectionRefused",
            ErrorCategory.ConnectionError,
            $"There is no connection to '{address}': {reason} See whether somebody listens there.",
            address,
            innerException)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>No connection was made, or none came in, for as long as it was waited for. ErrorId <c>ConnectionTimeout</c>.</summary>
public sealed class ConnectionTimeoutException : ProcessToolsException
{
    internal ConnectionTimeoutException(string address, TimeSpan timeout, bool isAccept)
        : base(
            "ConnectionTimeout",
            ErrorCategory.OperationTimeout,
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{(isAccept ? $"Nobody connected to '{address}'" : $"'{address}' did not answer")} for {timeout.TotalSeconds:0.###} s. {(isAccept ? "Wait longer, or see the listener's log for who was refused." : "Wait longer, or see whether the listener runs.")}"),
            address)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>The listener was closed. ErrorId <c>ListenerClosed</c>.</summary>
public sealed class ListenerClosedException : ProcessToolsException
{
    internal ListenerClosedException(string address, string? reason = null)
        : base("ListenerClosed", ErrorCategory.InvalidOperation, $"The listener at '{address}' was closed{(reason is null ? "." : ": " + reason)}", address)
    {
    }
}

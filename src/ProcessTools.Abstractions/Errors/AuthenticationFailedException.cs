using System.Management.Automation;

namespace ProcessTools;

/// <summary>The other side of a connection does not have the same key, or does not speak the protocol. ErrorId <c>AuthenticationFailed</c>.</summary>
public sealed class AuthenticationFailedException : ProcessToolsException
{
    internal AuthenticationFailedException(string address, string reason, Exception? innerException = null)
        : base(
            "AuthenticationFailed",
            ErrorCategory.AuthenticationError,
            $"The connection with '{address}' was ended: {reason} Both sides need the same -AuthKey, or neither may have one.",
            address,
            innerException)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A listener without a key may only be reached by this user or from this machine. ErrorId <c>AuthKeyRequired</c>.</summary>
public sealed class AuthKeyRequiredException : ProcessToolsException
{
    internal AuthKeyRequiredException(string address, string reason)
        : base(
            "AuthKeyRequired",
            ErrorCategory.SecurityError,
            $"A listener at '{address}' without a key would let in everybody: {reason} Give it an -AuthKey (a SecureString), or a loopback address, or a unix path in a folder that only you can write to.",
            address)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>The key of a listener or a connection is empty, and so everybody has it. ErrorId <c>AuthKeyInvalid</c>.</summary>
public sealed class AuthKeyInvalidException : ProcessToolsException
{
    internal AuthKeyInvalidException()
        : base(
            "AuthKeyInvalid",
            ErrorCategory.InvalidArgument,
            "The -AuthKey is empty, and so everybody has it. Give a long random text as a SecureString, such as that of ConvertTo-SecureString or Get-Secret, or leave -AuthKey out.",
            null)
    {
    }
}

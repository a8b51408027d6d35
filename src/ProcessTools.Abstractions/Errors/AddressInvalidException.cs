using System.Management.Automation;

namespace ProcessTools;

/// <summary>The text is not the address of a socket, or not one of this machine. ErrorId <c>AddressInvalid</c>.</summary>
public sealed class AddressInvalidException : ProcessToolsException
{
    internal AddressInvalidException(string address, string reason, Exception? innerException = null)
        : base(
            "AddressInvalid",
            ErrorCategory.InvalidArgument,
            $"'{address}' cannot be used: {reason} An address is tcp://host:port, tcp+tls://host:port or unix:///path, with an IPv6 host in brackets.",
            address,
            innerException)
    {
    }
}

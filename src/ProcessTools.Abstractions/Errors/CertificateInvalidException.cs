using System.Management.Automation;

namespace ProcessTools;

/// <summary>A certificate could not be read or found, or has no private key. ErrorId <c>CertificateInvalid</c>.</summary>
public sealed class CertificateInvalidException : ProcessToolsException
{
    internal CertificateInvalidException(string name, string reason, Exception? innerException = null)
        : base("CertificateInvalid", ErrorCategory.InvalidArgument, $"The certificate '{name}' cannot be used: {reason}", name, innerException)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>No encrypted connection could be agreed on, or the certificate is not trusted. ErrorId <c>TlsFailed</c>.</summary>
public sealed class TlsFailedException : ProcessToolsException
{
    internal TlsFailedException(string address, string reason, Exception? innerException = null)
        : base("TlsFailed", ErrorCategory.SecurityError, $"There is no encrypted connection with '{address}': {reason}", address, innerException)
    {
    }
}

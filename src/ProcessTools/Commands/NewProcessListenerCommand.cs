using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using ProcessTools.Engine.Sockets;

namespace ProcessTools.Commands;

/// <summary><c>New-ProcessListener</c>: lets other processes connect.</summary>
[Cmdlet(VerbsCommon.New, "ProcessListener", DefaultParameterSetName = PlainSet, SupportsShouldProcess = true)]
[OutputType(typeof(ProcessListener))]
public sealed class NewProcessListenerCommand : PSCmdlet
{
    private const string PlainSet = "Plain";
    private const string CertificateSet = "Certificate";
    private const string FileSet = "CertificateFile";
    private const string StoreSet = "CertificateStore";
    private const string SelfSignedSet = "SelfSigned";

    /// <summary>Where to listen.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AddressCompleter))]
    public string Address { get; set; } = null!;

    /// <summary>The key that clients need.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? AuthKey { get; set; }

    /// <summary>How many connections may wait to be accepted.</summary>
    [Parameter]
    [ValidateRange(1, 65_535)]
    public int Backlog { get; set; } = 128;

    /// <summary>The certificate for encrypted connections.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The file of the certificate.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string? CertificatePath { get; set; }

    /// <summary>The file of its private key.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string? CertificateKeyPath { get; set; }

    /// <summary>What the private key is locked with.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>The thumbprint of a certificate in the store.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StoreSet)]
    [ValidateNotNullOrEmpty]
    public string? CertificateThumbprint { get; set; }

    /// <summary>Makes a certificate for this listener.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SelfSignedSet)]
    public SwitchParameter SelfSigned { get; set; }

    /// <summary>How long a client may take until it has shown that it has the key.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ValidateTimeAboveZero]
    public TimeSpan HandshakeTimeoutSeconds { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may be silent before the other side is asked whether it is still there.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan KeepAliveSeconds { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Address, "Listen for connections"))
        {
            return;
        }

        try
        {
            SocketAddress address = SocketAddress.Parse(Address, SessionState.Path.CurrentFileSystemLocation.ProviderPath);
            if (address.IsTls != (ParameterSetName != PlainSet))
            {
                throw new AddressInvalidException(
                    Address, address.IsTls ? "tcp+tls:// needs a certificate: -CertificatePath, -Certificate, -CertificateThumbprint or -SelfSigned." : "a certificate is for tcp+tls:// only.");
            }

            WriteObject(new SocketListener(address, new ListenerOptions
            {
                Key = AuthenticationKey.From(AuthKey),
                Certificate = FindCertificate(address.Host, out X509Certificate2Collection? intermediates),
                Intermediates = intermediates,
                Backlog = Backlog,
                HandshakeTimeout = HandshakeTimeoutSeconds,
                KeepAlive = KeepAliveSeconds,
            }));
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }

    private X509Certificate2? FindCertificate(string host, out X509Certificate2Collection? intermediates)
    {
        intermediates = null;
        return ParameterSetName switch
        {
            CertificateSet => Certificate!.HasPrivateKey ? Certificate : throw new CertificateInvalidException(Certificate.Subject, "it has no private key."),
            FileSet => Certificates.FromFile(
                GetUnresolvedProviderPathFromPSPath(CertificatePath),
                CertificateKeyPath is null ? null : GetUnresolvedProviderPathFromPSPath(CertificateKeyPath),
                CertificatePassword is null ? null : new System.Net.NetworkCredential("", CertificatePassword).Password,
                out intermediates),
            StoreSet => Certificates.FromStore(CertificateThumbprint!),
            SelfSignedSet => Certificates.SelfSigned(host),
            _ => null,
        };
    }
}

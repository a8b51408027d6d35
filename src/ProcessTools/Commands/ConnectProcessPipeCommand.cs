using System.Management.Automation;
using System.Security;
using ProcessTools.Engine.Sockets;

namespace ProcessTools.Commands;

/// <summary><c>Connect-ProcessPipe</c>: connects to a listener and writes this side's end of the pipe.</summary>
[Cmdlet(VerbsCommunications.Connect, "ProcessPipe", DefaultParameterSetName = TrustSet)]
[OutputType(typeof(ProcessPipeEnd))]
public sealed class ConnectProcessPipeCommand : CancellableCommand
{
    private const string TrustSet = "Trust";
    private const string HashSet = "CertificateHash";
    private const string AuthoritySet = "CertificateAuthority";

    /// <summary>Where the listener is.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AddressCompleter))]
    public string Address { get; set; } = null!;

    /// <summary>The key of the listener.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? AuthKey { get; set; }

    /// <summary>How long it may take until the connection stands.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan TimeoutSeconds { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries again while nobody listens there.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>The hash of the only certificate to trust.</summary>
    [Parameter(Mandatory = true, ParameterSetName = HashSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? CertificateHash { get; set; }

    /// <summary>The file of the authorities to trust.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthoritySet)]
    [ValidateNotNullOrEmpty]
    public string? CertificateAuthorityPath { get; set; }

    /// <summary>How long the connection may be silent before the other side is asked whether it is still there.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan KeepAliveSeconds { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            SocketAddress address = SocketAddress.Parse(Address, SessionState.Path.CurrentFileSystemLocation.ProviderPath);

            // A listener without a certificate that is piped in has no hash.
            CertificateHash = string.IsNullOrEmpty(CertificateHash) ? null : CertificateHash;
            if (!address.IsTls && (CertificateHash ?? CertificateAuthorityPath) is not null)
            {
                throw new AddressInvalidException(Address, "a certificate is for tcp+tls:// only.");
            }

            WriteObject(SocketConnector.Connect(
                address,
                new ConnectOptions
                {
                    Key = AuthenticationKey.From(AuthKey),
                    Timeout = TimeoutSeconds,
                    IsPatient = Wait,
                    CertificateHash = CertificateHash,
                    Authorities = CertificateAuthorityPath is null ? null : Certificates.Authorities(GetUnresolvedProviderPathFromPSPath(CertificateAuthorityPath)),
                    KeepAlive = KeepAliveSeconds,
                },
                PipelineStopped));
        }
        catch (ProcessToolsException exception)
        {
            WriteError(exception.ErrorRecord);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}

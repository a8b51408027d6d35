using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace ProcessTools.Engine.Sockets;

/// <summary>How to connect.</summary>
internal sealed record ConnectOptions
{
    /// <summary>The key of the listener; null for none.</summary>
    public byte[]? Key { get; init; }

    /// <summary>How long it may take in all.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>True to try again while nobody listens there.</summary>
    public bool IsPatient { get; init; }

    /// <summary>The SHA-256 hash of the one certificate that is trusted, in hexadecimal; null to trust by authority.</summary>
    public string? CertificateHash { get; init; }

    /// <summary>The authorities that are trusted in place of the system's; null for those.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Finds the addresses of a host's name.</summary>
    public Func<string, IPAddress[]> Lookup { get; init; } = Dns.GetHostAddresses;

    /// <summary>How long a connection may be silent before the other side is asked whether it is still there; zero for never.</summary>
    public TimeSpan KeepAlive { get; init; } = SocketSettings.DefaultKeepAlive;
}

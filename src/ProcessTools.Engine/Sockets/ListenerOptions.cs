using System.Security.Cryptography.X509Certificates;

namespace ProcessTools.Engine.Sockets;

/// <summary>What a listener is to be like.</summary>
internal sealed record ListenerOptions
{
    /// <summary>The key that clients need; null for none.</summary>
    public byte[]? Key { get; init; }

    /// <summary>The certificate, with its private key, for encrypted connections.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Further certificates, which lead from it to an authority that clients know; null for none.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    /// <summary>How many connections may wait to be accepted.</summary>
    public int Backlog { get; init; } = 128;

    /// <summary>How many connections may be on their way through encryption and authentication at once, each with a thread; for further ones the oldest is ended.</summary>
    public int MostUnknown { get; init; } = 512;

    /// <summary>How long a connection may take until it has shown that it has the key.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may be silent before the other side is asked whether it is still there; zero for never.</summary>
    public TimeSpan KeepAlive { get; init; } = SocketSettings.DefaultKeepAlive;
}

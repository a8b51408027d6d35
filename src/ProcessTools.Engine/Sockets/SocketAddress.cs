using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>Where a socket listens: <c>tcp://host:port</c>, <c>tcp+tls://host:port</c> or <c>unix:///path</c>.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Scheme">What kind it is.</param>
/// <param name="Host">The host, without brackets; empty for a path.</param>
/// <param name="Port">The port; 0 for a path, or where the system is to choose.</param>
/// <param name="Path">The absolute path; null for a host.</param>
internal sealed record SocketAddress(string Text, SocketScheme Scheme, string Host, int Port, string? Path)
{
    private const string Unix = "unix://";
    private const string Tcp = "tcp://";
    private const string Tls = "tcp+tls://";

    /// <summary>True when the connection is encrypted.</summary>
    public bool IsTls => Scheme == SocketScheme.Tls;

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="folder">What a path that is not absolute begins from.</param>
    /// <exception cref="AddressInvalidException">It is none.</exception>
    public static SocketAddress Parse(string text, string folder)
    {
        if (text.StartsWith(Unix, StringComparison.OrdinalIgnoreCase))
        {
            string path = text[Unix.Length..];
            return path.Length > 0
                ? new SocketAddress(text, SocketScheme.Unix, "", 0, System.IO.Path.GetFullPath(path, folder))
                : throw new AddressInvalidException(text, "it has no path.");
        }

        foreach ((string prefix, SocketScheme scheme) in new[] { (Tcp, SocketScheme.Tcp), (Tls, SocketScheme.Tls) })
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return ParseHost(text, text[prefix.Length..].TrimEnd('/'), scheme);
            }
        }

        throw new AddressInvalidException(text, "it begins with none of tcp://, tcp+tls:// and unix://.");
    }

    /// <summary>The address of a socket's endpoint.</summary>
    public static string TextOf(EndPoint? endpoint, SocketScheme scheme) => endpoint switch
    {
        IPEndPoint ip => (scheme == SocketScheme.Tls ? Tls : Tcp) + TextOf(ip),
        null => Unix,
        _ => Unix + endpoint,
    };

    /// <summary>Where to bind, or to connect when the host is one already.</summary>
    /// <param name="lookup">Finds the addresses of a host's name.</param>
    /// <param name="wait">How long that may take.</param>
    /// <exception cref="AddressInvalidException">The host is not known, or the path is too long.</exception>
    /// <exception cref="LineTimeoutException">The time is over.</exception>
    public EndPoint[] Resolve(Func<string, IPAddress[]> lookup, in LineWait wait)
    {
        if (Path is not null)
        {
            try
            {
                return [new UnixDomainSocketEndPoint(Path)];
            }
            catch (ArgumentOutOfRangeException exception)
            {
                throw new AddressInvalidException(Text, "the system allows a path of some 100 bytes.", exception);
            }
        }

        try
        {
            IPAddress[] addresses = IPAddress.TryParse(Host, out IPAddress? address) ? [address] : HostLookup.Find(Host, lookup, wait);
            return addresses.Length > 0
                ? [.. addresses.Select(EndPoint (found) => new IPEndPoint(found, Port))]
                : throw new AddressInvalidException(Text, $"the host '{Host}' has no address.");
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            throw new AddressInvalidException(Text, $"the host '{Host}' is not known: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// The address of a listener that was opened with this one: the port is the one that the system chose, and a host's name stays, because
    /// a certificate is for a name.
    /// </summary>
    public string BoundTo(EndPoint? local) => local is IPEndPoint ip && !IPAddress.TryParse(Host, out _)
        ? $"{(IsTls ? Tls : Tcp)}{Host}:{ip.Port}"
        : Path is not null ? Unix + Path : TextOf(local, Scheme);

    private static string TextOf(IPEndPoint endpoint)
    {
        // An IPv4 client of a socket for both.
        IPAddress address = endpoint.Address.IsIPv4MappedToIPv6 ? endpoint.Address.MapToIPv4() : endpoint.Address;
        return new IPEndPoint(address, endpoint.Port).ToString();
    }

    private static SocketAddress ParseHost(string text, string rest, SocketScheme scheme)
    {
        int colon = rest.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            throw new AddressInvalidException(text, "it has no host and port.");
        }

        string host = rest[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (isBracketed)
        {
            host = host[1..^1];
        }

        if (host.Length == 0 || host.Contains('/', StringComparison.Ordinal) || (!isBracketed && host.Contains(':', StringComparison.Ordinal)))
        {
            throw new AddressInvalidException(text, "the host is none.");
        }

        return new SocketAddress(text, scheme, host == "*" ? IPAddress.Any.ToString() : host, port, null);
    }
}

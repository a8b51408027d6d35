namespace ProcessTools.Engine.Sockets;

/// <summary>The kinds of addresses.</summary>
internal enum SocketScheme
{
    /// <summary>TCP, not encrypted.</summary>
    Tcp,

    /// <summary>TCP with TLS.</summary>
    Tls,

    /// <summary>A socket in the file system.</summary>
    Unix,
}

using System.Net;
using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>The path that a listener binds. A socket that is bound to .NET's own kind deletes, when it is closed, whatever is at the path by then: also what another listener made.</summary>
internal sealed class PathEndPoint(UnixDomainSocketEndPoint inner) : EndPoint
{
    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <inheritdoc/>
    public override System.Net.SocketAddress Serialize() => inner.Serialize();

    /// <inheritdoc/>
    public override EndPoint Create(System.Net.SocketAddress socketAddress) => inner.Create(socketAddress);
}

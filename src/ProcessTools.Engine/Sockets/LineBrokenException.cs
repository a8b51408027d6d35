using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>A connection was ended by something else than the other side's wish.</summary>
internal sealed class LineBrokenException(string reason, Exception? innerException = null) : IOException(reason, innerException)
{
    /// <summary>Makes one of a socket's error.</summary>
    public static LineBrokenException From(SocketError error) => new(
        error switch
        {
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the other side has ended it.",
            SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable => "the other side does not answer any more.",
            _ => new SocketException((int)error).Message,
        },
        new SocketException((int)error));
}

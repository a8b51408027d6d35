using System.Net;
using System.Net.Sockets;

namespace ProcessTools.Engine.Platform;

/// <summary>Connected pairs of sockets where the system makes none: over the loopback address, as Python does it on Windows.</summary>
internal static class PortableSocket
{
    /// <summary>Makes two sockets that are connected to each other.</summary>
    public static (Socket First, Socket Second) CreatePair()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket first = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            first.Connect(listener.LocalEndPoint!);
            while (true)
            {
                Socket second = listener.Accept();
                if (second.RemoteEndPoint!.Equals(first.LocalEndPoint))
                {
                    return (first, second);
                }

                // Another program of this machine was faster.
                second.Dispose();
            }
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }
}

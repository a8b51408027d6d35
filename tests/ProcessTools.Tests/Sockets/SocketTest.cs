using System.Net;
using System.Net.Sockets;
using System.Security;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;

namespace ProcessTools.Tests.Sockets;

/// <summary>What the tests of sockets share.</summary>
public abstract class SocketTest : ChannelTest
{
    private readonly List<IDisposable> _owned = [];

    private protected static SecureString Key(string text) => new NetworkCredential("", text).SecurePassword;

    private protected static int PortOf(ProcessListener listener) => new Uri(listener.Address).Port;

    private protected ProcessListener NewListener(string parameters = "tcp://127.0.0.1:0", SecureString? key = null) =>
        Own((ProcessListener)One($"param($key) $splat = if ($key) {{ @{{ AuthKey = $key }} }} else {{ @{{}} }}; New-ProcessListener {parameters} @splat", key)!);

    private protected ProcessPipeEnd Connect(string address, SecureString? key = null, string parameters = "") =>
        Own((ProcessPipeEnd)One($"param($address, $key) $splat = if ($key) {{ @{{ AuthKey = $key }} }} else {{ @{{}} }}; Connect-ProcessPipe $address @splat {parameters}", address, key)!);

    private protected (ProcessPipeEnd Client, ProcessPipeEnd Server) NewConnection(string parameters = "tcp://127.0.0.1:0", SecureString? key = null)
    {
        ProcessListener listener = NewListener(parameters, key);
        ProcessPipeEnd client = Connect(listener.Address, key, listener.CertificateHash is { } hash ? $"-CertificateHash {hash}" : "");
        return (client, Own(listener.Accept(60)));
    }

    /// <summary>A client that speaks what the test says.</summary>
    private protected Socket ConnectRaw(ProcessListener listener)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000, SendTimeout = 60_000 };
        Own(socket);
        socket.Connect(IPAddress.Loopback, PortOf(listener));
        return socket;
    }

    /// <summary>Waits for the end of what the other side sends: it has ended the connection.</summary>
    private protected static void AwaitEndOf(Socket socket)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (socket.Receive(buffer) > 0)
            {
                // What it said before.
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // An end as well.
        }
    }

    private protected static void AwaitLog(ProcessListener listener, int count) =>
        Until.True(() => listener.RefusedCount >= count, $"{count} lines in the log", 60);

    private protected T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable owned in _owned)
        {
            owned.Dispose();
        }

        base.Dispose(disposing);
    }
}

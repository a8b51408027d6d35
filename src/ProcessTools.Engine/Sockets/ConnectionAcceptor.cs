using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pipes;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Takes in the connections of a listener: one thread accepts, and each connection that must be encrypted or authenticated has a thread until that is done, so that none waits for another. How many of them there are at once, how
/// long each may take, and how many may wait for the script are bounded; further ones wait with the system. Thread-safe.
/// </summary>
internal sealed class ConnectionAcceptor
{
    private const int StackSize = 512 * 1024;

    private static readonly TimeSpan s_accepting = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly Queue<SocketPipeEnd> _ready = [];
    private readonly SocketAddress _address;
    private readonly ListenerOptions _options;
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Action _check;
    private readonly Thread _thread;
    private int _unknown;
    private bool _isClosed;
    private string? _fault;

    /// <summary>Begins to listen.</summary>
    public ConnectionAcceptor(SocketAddress address, ListenerOptions options)
    {
        _address = address;
        _options = options;
        _check = ThrowIfClosed;
        if (address.IsTls)
        {
            _tls = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(options.Certificate!, null, offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            };
        }

        _socket = ListeningSocket.Open(address, options.Key is not null, options.Backlog);
        Address = address.Path is { } path ? "unix://" + path : SocketAddress.TextOf(_socket.LocalEndPoint, address.Scheme);
        _socket.Blocking = false;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        _thread = new Thread(Run) { IsBackground = true, Name = "ProcessTools listener" };
        _thread.Start();
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Whom it refused.</summary>
    public ListenerLog Log { get; } = new();

    /// <summary>True once it was closed.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>How many connections wait for <see cref="Take"/>.</summary>
    public int ReadyCount
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>Takes the next connection.</summary>
    /// <returns>Null when the time was over.</returns>
    /// <exception cref="ListenerClosedException">It was closed.</exception>
    public SocketPipeEnd? Take(in LineWait wait)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_isClosed)
                {
                    throw new ListenerClosedException(Address, _fault);
                }

                if (_ready.TryDequeue(out SocketPipeEnd? end))
                {
                    Monitor.PulseAll(_gate);
                    return end;
                }
            }

            // Not under the gate: it asks whether the pipeline stops.
            TimeSpan slice = wait.NextSlice();
            if (slice <= TimeSpan.Zero)
            {
                return null;
            }

            lock (_gate)
            {
                if (_ready.Count == 0 && !_isClosed)
                {
                    Monitor.Wait(_gate, slice);
                }
            }
        }
    }

    /// <summary>Stops listening, and ends the connections that nobody has taken.</summary>
    public void Close()
    {
        SocketPipeEnd[] ready;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            ready = [.. _ready];
            _ready.Clear();
            Monitor.PulseAll(_gate);
        }

        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        if (_address.Path is { } path)
        {
            TryDelete(path);
        }

        foreach (SocketPipeEnd end in ready)
        {
            end.Dispose();
        }

        // Afterwards another may listen here.
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join(s_accepting);
        }

        _socket.Dispose();
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Its folder is gone, or not ours any more. The next listener replaces it.
        }
    }

    private void OnExit(object? sender, EventArgs arguments) => Close();

    private void Run()
    {
        try
        {
            while (WaitForRoom())
            {
                if (_socket.Poll(SharedWait.Slice, SelectMode.SelectRead))
                {
                    AcceptOne();
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            if (!IsClosed)
            {
                _fault = exception.Message;
                Close();
            }
        }
    }

    private bool WaitForRoom()
    {
        lock (_gate)
        {
            while (!_isClosed && (_unknown >= _options.MostUnknown || _ready.Count >= _options.Backlog))
            {
                Monitor.Wait(_gate);
            }

            return !_isClosed;
        }
    }

    private void AcceptOne()
    {
        Socket socket;
        try
        {
            socket = _socket.Accept();
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted)
        {
            // It went away between the look and the call.
            return;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
        {
            // It waits with the system until this process has closed something.
            Log.Add("a client", $"cannot be taken in now: {exception.Message}.");
            lock (_gate)
            {
                Monitor.Wait(_gate, SharedWait.Slice);
            }

            return;
        }

        string peer = SocketPeer.AddressOf(socket, _address);
        if (_tls is null && _options.Key is null)
        {
            Admit(socket, peer);
            return;
        }

        lock (_gate)
        {
            _unknown++;
        }

        Thread thread = new(() => AdmitAndCount(socket, peer), StackSize) { IsBackground = true, Name = "ProcessTools handshake" };
        thread.Start();
    }

    private void AdmitAndCount(Socket socket, string peer)
    {
        try
        {
            Admit(socket, peer);
        }
        finally
        {
            lock (_gate)
            {
                _unknown--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Admit(Socket socket, string peer)
    {
        ByteLine? line = null;
        try
        {
            SocketSettings.Apply(socket, _options.KeepAlive);
            SocketLine plain = new(socket);
            line = plain;
            LineWait wait = new(Deadline.After(_options.HandshakeTimeout), _check);
            if (_tls is not null)
            {
                line = TlsLine.AsServer(plain, _tls, wait);
            }

            FrameReader reader = new(line);
            if (_options.Key is { } key)
            {
                Handshake.AsServer(line, reader, key, wait);
            }

            Publish(new SocketPipeEnd(line, reader, SocketPeer.NewId(_address), peer, reason => Log.Add(peer, reason)));
        }
        catch (Exception exception) when (exception is AuthenticationException or InvalidDataFrameException or IOException or SocketException or ObjectDisposedException or ListenerClosedException)
        {
            if (!IsClosed)
            {
                Log.Add(peer, Reason(exception));
            }

            if (line is null)
            {
                socket.Dispose();
            }
            else
            {
                GracefulClose.Close(line);
            }
        }
    }

    private string Reason(Exception exception) => exception switch
    {
        LineTimeoutException => string.Create(CultureInfo.InvariantCulture, $"It had not shown within {_options.HandshakeTimeout.TotalSeconds:0.###} s that it has the key."),
        LineBrokenException => $"Before it had shown that it has the key, {exception.Message}",
        _ => exception.Message,
    };

    private void Publish(SocketPipeEnd end)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _ready.Enqueue(end);
                Monitor.PulseAll(_gate);
                return;
            }
        }

        end.Dispose();
    }

    private void ThrowIfClosed()
    {
        if (IsClosed)
        {
            throw new ListenerClosedException(Address);
        }
    }
}

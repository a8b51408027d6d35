using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pipes;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Takes in the connections of a listener: one thread accepts, and each connection that must be encrypted or authenticated has a thread until that is done, so that none waits for another. How many of them there are at once, how
/// long each may take, and how many may wait for the script are bounded. Where those that have not shown the key are too many, the oldest of them is ended, so that clients who say nothing keep nobody out. Thread-safe.
/// </summary>
internal sealed class ConnectionAcceptor
{
    private const int StackSize = 512 * 1024;

    private static readonly TimeSpan s_accepting = TimeSpan.FromSeconds(5);

    // What a client has that answers, from far away and with encryption, also while others who say nothing fill all places.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(0.5);

    private readonly object _gate = new();
    private readonly Queue<SocketPipeEnd> _ready = [];

    // Oldest first.
    private readonly LinkedList<Newcomer> _newcomers = [];
    private readonly SocketAddress _address;
    private readonly ListenerOptions _options;
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly string? _file;
    private readonly Action _check;
    private readonly Thread _thread;

    // With those that were ended and whose threads have not noticed yet.
    private int _handshakes;
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
                ServerCertificateContext = SslStreamCertificateContext.Create(options.Certificate!, options.Intermediates, offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            };
        }

        _socket = ListeningSocket.Open(address, options.Key is not null, options.Backlog);
        Address = address.BoundTo(_socket.LocalEndPoint);
        _file = address.Path is { } own ? PlatformServices.Current.FindFileIdentity(own) : null;
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
        if (_address.Path is { } path && PlatformServices.Current.FindFileIdentity(path) == _file)
        {
            // Ours, and not that of another listener that took the place since.
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
            while (!IsClosed)
            {
                // Room is made when somebody is there who needs it.
                if (_socket.Poll(SharedWait.Slice, SelectMode.SelectRead) && WaitForRoom())
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
            while (!_isClosed)
            {
                if (_ready.Count >= _options.Backlog || _handshakes >= 2 * _options.MostUnknown)
                {
                    Monitor.Wait(_gate);
                }
                else if (_newcomers.Count < _options.MostUnknown)
                {
                    return true;
                }
                else
                {
                    MakeRoom(_newcomers.First!);
                }
            }

            return false;
        }
    }

    // Under the gate.
    private void MakeRoom(LinkedListNode<Newcomer> oldest)
    {
        TimeSpan left = s_grace - Stopwatch.GetElapsedTime(oldest.Value.Begin);
        if (left > TimeSpan.Zero)
        {
            Monitor.Wait(_gate, left);
            return;
        }

        oldest.Value.IsEnded = true;
        _newcomers.Remove(oldest);
        try
        {
            // Its thread notices.
            oldest.Value.Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is over already.
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
        Newcomer newcomer = new(socket, peer, Stopwatch.GetTimestamp());
        if (_tls is null && _options.Key is null)
        {
            Admit(newcomer);
            return;
        }

        lock (_gate)
        {
            _newcomers.AddLast(newcomer);
            _handshakes++;
        }

        Thread thread = new(() => AdmitAndCount(newcomer), StackSize) { IsBackground = true, Name = "ProcessTools handshake" };
        thread.Start();
    }

    private void AdmitAndCount(Newcomer newcomer)
    {
        try
        {
            Admit(newcomer);
        }
        finally
        {
            lock (_gate)
            {
                _newcomers.Remove(newcomer);
                _handshakes--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Admit(Newcomer newcomer)
    {
        Socket socket = newcomer.Socket;
        string peer = newcomer.Peer;
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

            lock (_gate)
            {
                if (newcomer.IsEnded)
                {
                    throw new LineTimeoutException();
                }

                _newcomers.Remove(newcomer);
            }

            Publish(new SocketPipeEnd(line, reader, SocketPeer.NewId(_address), peer, reason => Log.Add(peer, reason)));
        }
        catch (Exception exception) when (exception is AuthenticationException or InvalidDataFrameException or IOException or SocketException or ObjectDisposedException or ListenerClosedException)
        {
            if (!IsClosed)
            {
                Log.Add(peer, newcomer.IsEnded ? $"It had not shown that it has the key when {_options.MostUnknown} others had not either, and it was the oldest of them." : Reason(exception));
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

    /// <summary>A connection that has not shown yet that it has the key.</summary>
    private sealed class Newcomer(Socket socket, string peer, long begin)
    {
        private volatile bool _isEnded;

        public Socket Socket { get; } = socket;

        public string Peer { get; } = peer;

        public long Begin { get; } = begin;

        public bool IsEnded { get => _isEnded; set => _isEnded = value; }
    }
}

using System.Security.Cryptography;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Sockets;

/// <summary>A listener as scripts hold it. What works in the background does not hold it, so that one that is forgotten is closed.</summary>
internal sealed class SocketListener : ProcessListener
{
    private readonly ConnectionAcceptor _acceptor;
    private long _accepted;
    private volatile string? _last;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="AuthKeyRequiredException">There is no key, and others could connect.</exception>
    /// <exception cref="AddressInUseException">Somebody listens there.</exception>
    /// <exception cref="AddressInvalidException">It is no address of this machine.</exception>
    public SocketListener(SocketAddress address, ListenerOptions options)
    {
        _acceptor = new ConnectionAcceptor(address, options);
        HasAuthKey = options.Key is not null;
        CertificateHash = address.IsTls ? options.Certificate!.GetCertHashString(HashAlgorithmName.SHA256) : null;
    }

    ~SocketListener() => Dispose(disposing: false);

    /// <inheritdoc/>
    public override string Address => _acceptor.Address;

    /// <inheritdoc/>
    public override bool IsClosed => _acceptor.IsClosed;

    /// <inheritdoc/>
    public override bool HasAuthKey { get; }

    /// <inheritdoc/>
    public override string? CertificateHash { get; }

    /// <inheritdoc/>
    public override int PendingCount => _acceptor.ReadyCount;

    /// <inheritdoc/>
    public override long AcceptedCount => Interlocked.Read(ref _accepted);

    /// <inheritdoc/>
    public override long RefusedCount => _acceptor.Log.Count;

    /// <inheritdoc/>
    public override string? LastAccepted => _last;

    /// <inheritdoc/>
    public override ListenerLogEntry[] Log => _acceptor.Log.ToArray();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _acceptor.Close();
        }
        else
        {
            // The finalizer thread waits for nobody. The constructor may have thrown.
            ThreadPool.UnsafeQueueUserWorkItem(static acceptor => acceptor?.Close(), (ConnectionAcceptor?)_acceptor, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    private protected override ProcessPipeEnd? AcceptCore(TimeSpan timeout, CancellationToken cancellation)
    {
        ProcessPipeEnd? end = _acceptor.Take(new LineWait(Deadline.After(timeout), null, cancellation));
        if (end is not null)
        {
            Interlocked.Increment(ref _accepted);
            _last = end.PeerAddress;
        }

        return end;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Transport;

/// <summary>
/// A connection through shared memory: a segment with a ring for each direction. One process makes it, exactly one other opens it. Each learns of
/// the other's death from the operating system and then finds the end of file.
/// </summary>
/// <remarks>
/// A frame is its length, four bytes, least significant first, and the bytes. A frame that fits the free room becomes visible with one store, so a sender that
/// is killed at any instruction leaves no part of it; one that does not fit becomes visible in pieces, and the receiver drops the pieces of a frame whose
/// sender died.
/// </remarks>
internal sealed unsafe class SharedMemoryConnection : Connection
{
    private const ulong Magic = 0x314B4E494C545000; // "\0PTLINK1"
    private const int Version = 1;
    private const int HeaderSize = 4096;
    private const int LeastRing = 4096;
    private const int LengthSize = 4;

    private const int MagicOffset = 0;
    private const int VersionOffset = 8;
    private const int CapacityOffset = 12;
    private const int CreatorIdOffset = 16;
    private const int CreatorStartOffset = 24;
    private const int FirstRingOffset = 512;
    private const int SecondRingOffset = FirstRingOffset + ByteRing.ControlSize;

    private static readonly TimeSpan s_lockSlice = TimeSpan.FromMilliseconds(50);

    private readonly Segment _segment;
    private readonly ByteRing _outgoing;
    private readonly ByteRing _incoming;
    private readonly int _maxFrameSize;
    private readonly object _sendGate = new();
    private readonly object _receiveGate = new();
    private readonly bool _isCreator;
    private IDisposable? _watch;
    private byte[]? _partial;
    private int _partialLength;
    private int _partialFilled;
    private volatile bool _isPeerDead;
    private volatile bool _isClosed;
    private volatile bool _isBroken;
    private int _disposed;

    private SharedMemoryConnection(Segment segment, int capacity, bool isCreator, int maxFrameSize)
    {
        _segment = segment;
        _isCreator = isCreator;
        _maxFrameSize = maxFrameSize;
        byte* start = segment.Pointer;
        ByteRing first = new(start + FirstRingOffset, start + HeaderSize, capacity);
        ByteRing second = new(start + SecondRingOffset, start + HeaderSize + capacity, capacity);
        _outgoing = isCreator ? first : second;
        _incoming = isCreator ? second : first;
    }

    /// <summary>What the other process opens it by.</summary>
    public string Address => _segment.Path;

    /// <inheritdoc/>
    public override bool IsPeerAlive => !_isPeerDead;

    /// <summary>Makes a connection.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    /// <exception cref="RuntimeFolderException">There is no folder that is safe to use.</exception>
    public static SharedMemoryConnection Create(SharedMemoryConnectionOptions? options = null)
    {
        options ??= new SharedMemoryConnectionOptions();
        if (options.RingCapacity < LeastRing || !BitOperations.IsPow2(options.RingCapacity))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"A ring's capacity is a power of two of at least {LeastRing}.");
        }

        Segment segment = Segment.Create("connection", HeaderSize + (2L * options.RingCapacity));
        byte* header = segment.Pointer;
        *(int*)(header + VersionOffset) = Version;
        *(int*)(header + CapacityOffset) = options.RingCapacity;
        *(int*)(header + CreatorIdOffset) = ProcessIdentity.Current.Id;
        *(long*)(header + CreatorStartOffset) = ProcessIdentity.Current.StartTime;

        // Last: whoever finds it finds the rest.
        Volatile.Write(ref *(ulong*)(header + MagicOffset), Magic);
        return new SharedMemoryConnection(segment, options.RingCapacity, isCreator: true, options.MaxFrameSize);
    }

    /// <summary>Opens a connection that another process made, and watches that process.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is not one.</exception>
    public static SharedMemoryConnection Open(string address, SharedMemoryConnectionOptions? options = null)
    {
        Segment segment = Segment.Open(address, HeaderSize);
        byte* header = segment.Pointer;
        int capacity = *(int*)(header + CapacityOffset);
        bool isValid = Volatile.Read(ref *(ulong*)(header + MagicOffset)) == Magic
            && *(int*)(header + VersionOffset) == Version
            && capacity >= LeastRing
            && BitOperations.IsPow2(capacity)
            && segment.Size >= HeaderSize + (2L * capacity);
        if (!isValid)
        {
            segment.Dispose();
            throw new InvalidSegmentException(address, "it is no connection of this version");
        }

        ProcessIdentity creator = new(*(int*)(header + CreatorIdOffset), *(long*)(header + CreatorStartOffset));
        SharedMemoryConnection connection = new(segment, capacity, isCreator: false, (options ?? new()).MaxFrameSize);
        connection.AttachPeer(creator);
        return connection;
    }

    /// <summary>Names the process at the other end, so that its death is noticed. Called once, by the maker.</summary>
    public void AttachPeer(ProcessIdentity peer) => _watch = ProcessWatcher.Watch(peer, OnPeerDeath);

    /// <summary>Takes the name away once both sides hold the connection, so that nothing can be left behind.</summary>
    public void Unlink() => _segment.Unlink();

    /// <inheritdoc/>
    public override void Send(ReadOnlySpan<byte> frame, CancellationToken cancellation = default)
    {
        while (!Monitor.TryEnter(_sendGate, s_lockSlice))
        {
            cancellation.ThrowIfCancellationRequested();
        }

        bool entered = false;
        try
        {
            Enter(ref entered);
            SendLocked(frame, cancellation);
        }
        finally
        {
            Leave(entered);
            Monitor.Exit(_sendGate);
        }
    }

    /// <inheritdoc/>
    public override ReceiveStatus TryReceive(out ReceivedFrame? frame, TimeSpan timeout, CancellationToken cancellation = default)
    {
        frame = null;
        long begin = Stopwatch.GetTimestamp();
        while (!Monitor.TryEnter(_receiveGate, s_lockSlice))
        {
            cancellation.ThrowIfCancellationRequested();
            if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(begin) >= timeout)
            {
                return ReceiveStatus.TimedOut;
            }
        }

        bool entered = false;
        try
        {
            Enter(ref entered);
            return ReceiveLocked(out frame, begin, timeout, cancellation);
        }
        catch (ObjectDisposedException)
        {
            return ReceiveStatus.EndOfFile;
        }
        finally
        {
            Leave(entered);
            Monitor.Exit(_receiveGate);
        }
    }

    /// <inheritdoc/>
    public override bool Poll(TimeSpan timeout, CancellationToken cancellation = default)
    {
        lock (_receiveGate)
        {
            bool entered = false;
            try
            {
                Enter(ref entered);
                _incoming.WaitForData(timeout, cancellation);
                cancellation.ThrowIfCancellationRequested();
                return _incoming.HasData();
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
            finally
            {
                Leave(entered);
            }
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        _isClosed = true;
        bool entered = false;
        try
        {
            Enter(ref entered);
            _outgoing.CloseProducer();
        }
        catch (ObjectDisposedException)
        {
            // Closed already.
        }
        finally
        {
            Leave(entered);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _watch?.Dispose();
        bool entered = false;
        try
        {
            Enter(ref entered, evenDisposed: true);
            _outgoing.CloseProducer();
            _incoming.CloseConsumer();

            // Threads that are inside come out; the memory stays mapped until the last of them has.
            _outgoing.Abandon();
            _incoming.Abandon();
        }
        finally
        {
            Leave(entered);
        }

        if (_isCreator)
        {
            _segment.Unlink();
        }

        _segment.Dispose();
    }

    private void SendLocked(ReadOnlySpan<byte> frame, CancellationToken cancellation)
    {
        ThrowIfUnusable();
        cancellation.ThrowIfCancellationRequested();
        Span<byte> length = stackalloc byte[LengthSize];
        BinaryPrimitives.WriteInt32LittleEndian(length, frame.Length);
        bool anyPublished = false;
        WriteAll(length, ref anyPublished, cancellation);
        WriteAll(frame, ref anyPublished, cancellation);
        _outgoing.Publish();
    }

    private void WriteAll(ReadOnlySpan<byte> bytes, ref bool anyPublished, CancellationToken cancellation)
    {
        while (true)
        {
            bytes = bytes[_outgoing.Write(bytes)..];
            if (bytes.IsEmpty)
            {
                return;
            }

            // The rest has to wait for room; what is there can be read meanwhile.
            if (_outgoing.HasUnpublished)
            {
                _outgoing.Publish();
                anyPublished = true;
            }

            _outgoing.WaitForRoom(Timeout.InfiniteTimeSpan, cancellation);
            if (cancellation.IsCancellationRequested)
            {
                _isBroken = anyPublished;
                if (anyPublished)
                {
                    _outgoing.CloseProducer();
                }

                cancellation.ThrowIfCancellationRequested();
            }

            ThrowIfUnusable();
        }
    }

    private void ThrowIfUnusable()
    {
        if (_isClosed || Volatile.Read(ref _disposed) != 0)
        {
            throw new ConnectionClosedException();
        }

        if (_isPeerDead || _isBroken || _outgoing.IsClosedByConsumer)
        {
            throw new ConnectionLostException();
        }
    }

    private ReceiveStatus ReceiveLocked(out ReceivedFrame? frame, long begin, TimeSpan timeout, CancellationToken cancellation)
    {
        frame = null;
        while (!TryAssemble(out frame))
        {
            // The order matters: a sender that closed or died has published everything before, so what is there after that is all there will be.
            bool isOver = _incoming.IsClosedByProducer || _isPeerDead || Volatile.Read(ref _disposed) != 0;
            if (isOver && !_incoming.HasBytes())
            {
                DropPartial();
                return ReceiveStatus.EndOfFile;
            }

            cancellation.ThrowIfCancellationRequested();
            TimeSpan left = timeout;
            if (timeout != Timeout.InfiniteTimeSpan)
            {
                left = timeout - Stopwatch.GetElapsedTime(begin);
                if (left <= TimeSpan.Zero)
                {
                    return ReceiveStatus.TimedOut;
                }
            }

            if (!isOver)
            {
                _incoming.WaitForData(left, cancellation);
            }
        }

        return ReceiveStatus.Received;
    }

    /// <summary>Takes what has come; a frame that comes in pieces is kept until its last piece, over time-outs and cancellations.</summary>
    private bool TryAssemble(out ReceivedFrame? frame)
    {
        frame = null;
        if (_partial is null)
        {
            Span<byte> length = stackalloc byte[LengthSize];

            // The length itself may be cut where the ring was full.
            if (!TryReadLength(length))
            {
                return false;
            }

            int size = BinaryPrimitives.ReadInt32LittleEndian(length);
            if (size < 0 || size > _maxFrameSize)
            {
                _isBroken = true;
                _incoming.CloseConsumer();
                throw new InvalidDataFrameException($"The other side announced a frame of {(uint)size} bytes; at most {_maxFrameSize} are accepted here.");
            }

            _partial = ArrayPool<byte>.Shared.Rent(size);
            _partialLength = size;
            _partialFilled = 0;
        }

        while (_partialFilled < _partialLength)
        {
            int count = _incoming.Read(_partial.AsSpan(_partialFilled, _partialLength - _partialFilled));
            if (count == 0)
            {
                return false;
            }

            _partialFilled += count;
            _incoming.Release();
        }

        _incoming.Release();
        frame = new ReceivedFrame(_partial, _partialLength);
        _partial = null;
        return true;
    }

    private bool TryReadLength(Span<byte> length)
    {
        if (!_incoming.TryPeek(length))
        {
            return false;
        }

        _incoming.Read(length);
        return true;
    }

    private void DropPartial()
    {
        if (_partial is not null)
        {
            ArrayPool<byte>.Shared.Return(_partial);
            _partial = null;
        }
    }

    private void OnPeerDeath()
    {
        _isPeerDead = true;
        bool entered = false;
        try
        {
            Enter(ref entered);
            _outgoing.Abandon();
            _incoming.Abandon();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
        finally
        {
            Leave(entered);
        }
    }

    private void Enter(ref bool entered, bool evenDisposed = false)
    {
        ObjectDisposedException.ThrowIf(!evenDisposed && Volatile.Read(ref _disposed) != 0, this);
        _segment.Handle.DangerousAddRef(ref entered);
    }

    private void Leave(bool entered)
    {
        if (entered)
        {
            _segment.Handle.DangerousRelease();
        }
    }
}

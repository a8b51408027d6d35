using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A stream of bytes from one producer to one consumer in another process, in a ring of shared memory. Any amount passes: what
/// is larger than the ring passes in pieces. One thread at a time on each side; the two sides need not know of each other's threads.
/// </summary>
/// <remarks>
/// <para>
/// Positions only grow; the place in the ring is the position modulo the capacity. Only the producer writes <c>tail</c>, only the consumer
/// writes <c>head</c>. The producer's release store of <c>tail</c> publishes the bytes before it, and the consumer's acquire load of <c>tail</c> sees
/// them; the consumer's release store of <c>head</c> says that it has read the bytes before it, and the producer's acquire load of <c>head</c> comes before it
/// writes over them. Positions are 64 bits wide and never wrap. Each position has cache lines of its own, and each side keeps the last value that it saw
/// of the other's, so that a transfer touches the other side's line only when the known bytes or the known room are used up.
/// </para>
/// <para>
/// A side that dies leaves its position where it last published it: the consumer then finds every byte that was published and no other. What was copied
/// and not published lies beyond <c>tail</c> and is never read.
/// </para>
/// </remarks>
internal sealed unsafe class ByteRing
{
    /// <summary>The bytes of the control block before the data.</summary>
    public const int ControlSize = 512;

    // 128 bytes apart: processors fetch lines of 64 bytes in pairs.
    private const int TailOffset = 0;
    private const int HeadOffset = 128;
    private const int ConsumerSpotOffset = 256;
    private const int ProducerSpotOffset = 320;
    private const int ProducerClosedOffset = 384;
    private const int ConsumerClosedOffset = 448;

    private readonly long* _tail;
    private readonly long* _head;
    private readonly int* _producerClosed;
    private readonly int* _consumerClosed;
    private readonly byte* _data;
    private readonly long _capacity;
    private readonly long _mask;
    private readonly ParkingSpot _consumerSpot;
    private readonly ParkingSpot _producerSpot;
    private SpinPolicy _consumerSpin;
    private SpinPolicy _producerSpin;

    // The producer's own position, which runs ahead of the published one, and the last head that it saw.
    private long _written;
    private long _knownHead;

    // The consumer's own position, and the last tail that it saw.
    private long _read;
    private long _knownTail;
    private long _releasedAtWake;

    private readonly Func<bool> _hasRoom;
    private readonly Func<bool> _hasData;
    private volatile bool _isAbandoned;

    /// <summary>Makes a view of a ring.</summary>
    /// <param name="control">Its control block.</param>
    /// <param name="data">Its data.</param>
    /// <param name="capacity">The size of the data, a power of two.</param>
    /// <param name="yields">Whether waits offer the processor to others while they spin.</param>
    public ByteRing(byte* control, byte* data, long capacity, bool yields = false)
    {
        _consumerSpin = new SpinPolicy { Yields = yields };
        _producerSpin = new SpinPolicy { Yields = yields };
        Debug.Assert((capacity & (capacity - 1)) == 0, "The capacity is a power of two.");
        _tail = (long*)(control + TailOffset);
        _head = (long*)(control + HeadOffset);
        _producerClosed = (int*)(control + ProducerClosedOffset);
        _consumerClosed = (int*)(control + ConsumerClosedOffset);
        _consumerSpot = new ParkingSpot((int*)(control + ConsumerSpotOffset));
        _producerSpot = new ParkingSpot((int*)(control + ProducerSpotOffset));
        _data = data;
        _capacity = capacity;
        _mask = capacity - 1;
        _hasRoom = HasRoom;
        _hasData = HasData;
        _written = Volatile.Read(ref *_tail);
        _knownHead = Volatile.Read(ref *_head);
        _read = _knownHead;
        _knownTail = _written;
    }

    /// <summary>True when the producer has said that no more will come.</summary>
    public bool IsClosedByProducer => Volatile.Read(ref *_producerClosed) != 0;

    /// <summary>True when the consumer has said that it will read no more.</summary>
    public bool IsClosedByConsumer => Volatile.Read(ref *_consumerClosed) != 0;

    /// <summary>Producer: true when something was written since the last publication.</summary>
    public bool HasUnpublished => _written != Volatile.Read(ref *_tail);

    /// <summary>Producer: copies as much as there is room for, without publishing it.</summary>
    /// <returns>How many bytes were taken.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        long room = _capacity - (_written - _knownHead);
        if (room < bytes.Length)
        {
            _knownHead = Volatile.Read(ref *_head);
            room = _capacity - (_written - _knownHead);
        }

        int count = (int)Math.Min(room, bytes.Length);
        int place = (int)(_written & _mask);
        int first = (int)Math.Min(count, _capacity - place);
        bytes[..first].CopyTo(new Span<byte>(_data + place, first));
        bytes[first..count].CopyTo(new Span<byte>(_data, count - first));
        _written += count;
        return count;
    }

    /// <summary>Producer: makes what was written visible and wakes the consumer.</summary>
    public void Publish()
    {
        Volatile.Write(ref *_tail, _written);
        _consumerSpot.WakeIfWaiting();
    }

    /// <summary>Producer: makes what was written visible and wakes nobody; the consumer sleeps elsewhere.</summary>
    public void PublishQuietly() => Volatile.Write(ref *_tail, _written);

    /// <summary>Producer: takes back what was written and not published.</summary>
    public void Discard() => _written = Volatile.Read(ref *_tail);

    /// <summary>Producer: waits until there is room, the consumer is gone, or the wait is over.</summary>
    public void WaitForRoom(TimeSpan timeout, CancellationToken cancellation) =>
        Wait(_producerSpot, ref _producerSpin, _hasRoom, timeout, cancellation);

    /// <summary>Producer: says that no more will come.</summary>
    public void CloseProducer()
    {
        Volatile.Write(ref *_producerClosed, 1);
        _consumerSpot.Wake();
    }

    /// <summary>Consumer: copies as much as there is; <see cref="Release"/> gives its room free.</summary>
    /// <returns>How many bytes were given.</returns>
    public int Read(Span<byte> bytes)
    {
        long available = _knownTail - _read;
        if (available < bytes.Length)
        {
            _knownTail = Volatile.Read(ref *_tail);
            available = _knownTail - _read;
        }

        int count = (int)Math.Min(available, bytes.Length);
        int place = (int)(_read & _mask);
        int first = (int)Math.Min(count, _capacity - place);
        new ReadOnlySpan<byte>(_data + place, first).CopyTo(bytes);
        new ReadOnlySpan<byte>(_data, count - first).CopyTo(bytes[first..]);
        _read += count;
        return count;
    }

    /// <summary>Consumer: copies bytes without taking them, when so many are there.</summary>
    public bool TryPeek(Span<byte> bytes)
    {
        long position = _read;
        int count = Read(bytes);
        _read = position;
        return count == bytes.Length;
    }

    /// <summary>Consumer: gives free what it has read, and wakes a producer that waits for room.</summary>
    public void Release()
    {
        Volatile.Write(ref *_head, _read);

        // A producer is woken for a quarter of the ring or an empty one, not for each few bytes; the consumer that goes on reading
        // comes to one of the two.
        if (_read - _releasedAtWake >= _capacity / 4 || _read == _knownTail)
        {
            _releasedAtWake = _read;
            _producerSpot.WakeIfWaiting();
        }
    }

    /// <summary>Consumer: waits until there is something, the producer is gone, or the wait is over.</summary>
    public void WaitForData(TimeSpan timeout, CancellationToken cancellation) =>
        Wait(_consumerSpot, ref _consumerSpin, _hasData, timeout, cancellation);

    /// <summary>Consumer: sleeps where it would wait for data until something else is so; whoever makes it so calls <see cref="WakeConsumer"/>.</summary>
    public void SleepUntil(Func<bool> isReady, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!isReady())
        {
            Park(_consumerSpot, isReady, timeout, cancellation);
        }
    }

    /// <summary>Producer: wakes the consumer after <see cref="PublishQuietly"/>.</summary>
    public void WakeConsumer() => _consumerSpot.WakeIfWaiting();

    /// <summary>Consumer: true when there is something to read.</summary>
    public bool HasData() => _read != Volatile.Read(ref *_tail) || IsClosedByProducer || _isAbandoned;

    /// <summary>Consumer: true when there is something to read, whoever is gone.</summary>
    public bool HasBytes() => _read != Volatile.Read(ref *_tail);

    /// <summary>Consumer: says that it will read no more.</summary>
    public void CloseConsumer()
    {
        Volatile.Write(ref *_consumerClosed, 1);
        _producerSpot.Wake();
    }

    /// <summary>Either: the other process is dead, or this view is being closed; nobody waits on it any more.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        _consumerSpot.Wake();
        _producerSpot.Wake();
    }

    private bool HasRoom() => _written - Volatile.Read(ref *_head) < _capacity || IsClosedByConsumer || _isAbandoned;

    private static void Wait(ParkingSpot spot, ref SpinPolicy spin, Func<bool> isReady, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!isReady() && timeout != TimeSpan.Zero && !spin.Spin(new Readiness(isReady)))
        {
            Park(spot, isReady, timeout, cancellation);
        }
    }

    private static void Park(ParkingSpot spot, Func<bool> isReady, TimeSpan timeout, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        using CancellationTokenRegistration registration = SharedWait.WakeWhenCancelled(spot, cancellation);
        while (true)
        {
            int ticket = spot.Announce();
            TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(begin);
            if (isReady() || cancellation.IsCancellationRequested || (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero))
            {
                return;
            }

            spot.Park(ticket, left);
        }
    }

    /// <summary>A check of this class as a condition.</summary>
    private readonly struct Readiness(Func<bool> isReady) : ICondition
    {
        public bool IsMet => isReady();
    }
}

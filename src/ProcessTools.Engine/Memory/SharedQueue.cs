using System.Numerics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A queue of records in shared memory: any number of producers and consumers in any processes, first in, first out. It grows by rings (<see cref="QueueRing"/>).
/// Whatever process dies at whatever instruction, the others go on, with every item that was published and not taken, in order, whole. Thread-safe. The memory must stay mapped
/// while a call is under way: the owner sees to that.
/// </summary>
/// <remarks>
/// <para>
/// Producers exclude each other with one mutex, consumers with another; between the two sides there are two words, <c>tail</c> and <c>head</c>
/// (<see cref="QueuePosition"/>). Only the producer that holds the producers' lock stores <c>tail</c>, only the consumer that holds the consumers' lock stores <c>head</c>.
/// The release store of <c>tail</c> publishes a record: its bytes, written before, are seen by whoever sees the new <c>tail</c> (acquire). The release store of
/// <c>head</c> takes a record off: its bytes were read before, and a producer that sees the new <c>head</c> may write over them. So at any instant the two words and the
/// records between them are the queue; there is nothing else that would have to agree with them.
/// </para>
/// <para>
/// That is why a death needs no repair. A producer that dies before its store leaves bytes that lie beyond <c>tail</c>, which nobody reads and the next producer writes over;
/// one that dies after it has put its item. A consumer that dies before its store has taken nothing; one that dies after it takes the one item that it had in
/// hand with it. The mutex of either is taken over from the dead (<see cref="SharedMutex"/>). A wake-up that the dead did not give comes at the end of the waiters' slice.
/// A process that is stopped while it holds a lock delays its own side only, until it goes on or dies; the other side works on what is published.
/// </para>
/// <para>
/// Growing, under the producers' lock: the name of the new ring is written into the old one, the new ring made and formatted, the old one sealed by one store. Dead before that store: perhaps a
/// file, which the next producer that grows deletes. Dead after: the next producer finds the ring sealed and goes on to the next. Advancing, under the consumers' lock, when all items of a sealed ring
/// have been taken: the name of the next ring is written into the one of two slots that is not in use, the number of the ring, whose lowest bit says which slot is in use, is stored (the one step that counts), and the
/// old ring deleted. Dead before the number: nothing has changed. Dead after: the next consumer, which is told that the lock was abandoned, deletes the old ring.
/// </para>
/// <para>
/// Closing is one store, without a lock. A producer looks at the flag after it has taken the lock (a full fence). A consumer that sees the flag, then the lock
/// free, then no item, knows that none will come: whoever takes the lock after that sees the flag, and whoever held it before has published what it had.
/// </para>
/// <para>
/// After its store each side looks whether somebody of the other waits, with a full fence between (<see cref="ParkingSpot"/>), and wakes one. A consumer that has taken an item and sees
/// more wakes the next, and a producer that sees room likewise, because a wake-up that went to a process that died in its sleep must not hold up the others for long.
/// </para>
/// </remarks>
internal sealed unsafe class SharedQueue : IDisposable
{
    /// <summary>Less than this cannot hold a queue.</summary>
    public const int LeastSize = ControlSize + QueueRing.HeaderSize;

    private const int ControlSize = 4096;

    // 128 bytes apart: processors fetch lines of 64 bytes in pairs. What producers write, what consumers write and what both sleep on have lines of their own.
    private const int CapacityOffset = 0;
    private const int IsBoundedByRingOffset = 8;
    private const int TailOffset = 128;
    private const int PutLockOffset = 144;
    private const int HeadOffset = 256;
    private const int TakeLockOffset = 272;
    private const int HeadRingOffset = 288;
    private const int ItemSpotOffset = 384;
    private const int RoomSpotOffset = 512;
    private const int DoneOffset = 640;
    private const int DoneSpotOffset = 656;
    private const int ClosedOffset = 768;
    private const int RingBytesOffset = 776;
    private const int FirstPathOffset = 1024;
    private const int SecondPathOffset = FirstPathOffset + SharedText.Size;

    // Rings double up to here; more would only make a pause longer in which one is filled with zeros.
    private const long MostGrown = 16L << 20;

    // A larger message gets a ring of its own, which is gone when it has been taken.
    private const long MostShared = 8L << 20;
    private const int MessagesPerRing = 8;
    private const long LeastGrown = 1L << 20;
    private const int MostAttempts = 1000;

    // Somebody who holds a lock is done in microseconds. Without patience an attempt that may not wait would fail although there is room.
    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(1);

    // Making a ring, filling it with zeros and mapping it on both sides takes milliseconds, and leaves both with memory that no processor has in its cache.
    private static readonly TimeSpan s_growthPause = TimeSpan.FromMilliseconds(10);

    private readonly Segment _segment;
    private readonly byte* _memory;
    private readonly long _available;
    private readonly long* _tail;
    private readonly long* _head;
    private readonly long* _done;
    private readonly int* _headRingNumber;
    private readonly long* _ringBytes;
    private readonly int* _closed;
    private readonly SharedMutex _putLock;
    private readonly SharedMutex _takeLock;
    private readonly ParkingSpot _itemSpot;
    private readonly ParkingSpot _roomSpot;
    private readonly ParkingSpot _doneSpot;
    private readonly bool _isBoundedByRing;

    // Heuristics of this process's threads together: a torn or lost update makes one wait a little longer.
    private SpinPolicy _itemSpin = new();
    private SpinPolicy _roomSpin = new();

    // Of the producers' lock.
    private QueueRing? _tailRing;

    private long _headAtGrowth;

    // Of the consumers' lock.
    private QueueRing? _headRing;

    /// <summary>Makes a view of a queue.</summary>
    /// <param name="segment">The segment that it lies in.</param>
    /// <param name="offset">Where in it.</param>
    public SharedQueue(Segment segment, long offset)
    {
        _segment = segment;
        _memory = segment.Pointer + offset;
        _available = segment.Size - offset - ControlSize;
        _tail = (long*)(_memory + TailOffset);
        _head = (long*)(_memory + HeadOffset);
        _done = (long*)(_memory + DoneOffset);
        _headRingNumber = (int*)(_memory + HeadRingOffset);
        _closed = (int*)(_memory + ClosedOffset);
        _ringBytes = (long*)(_memory + RingBytesOffset);
        _putLock = new SharedMutex(_memory + PutLockOffset);
        _takeLock = new SharedMutex(_memory + TakeLockOffset);
        _itemSpot = new ParkingSpot((int*)(_memory + ItemSpotOffset));
        _roomSpot = new ParkingSpot((int*)(_memory + RoomSpotOffset));
        _doneSpot = new ParkingSpot((int*)(_memory + DoneSpotOffset));
        long capacity = *(long*)(_memory + CapacityOffset);
        Capacity = capacity == 0 ? null : capacity;
        _isBoundedByRing = *(int*)(_memory + IsBoundedByRingOffset) != 0;
        _headAtGrowth = *_head;
    }

    /// <summary>The most items, or null for no limit.</summary>
    public long? Capacity { get; }

    /// <summary>How many items there are, at one instant.</summary>
    public long Count
    {
        get
        {
            while (true)
            {
                long head = Volatile.Read(ref *_head);
                QueuePosition tail = Tail;
                if (Volatile.Read(ref *_head) == head)
                {
                    // The tail was read at an instant at which the head was this.
                    return QueuePosition.Distance(new QueuePosition(head).Sequence, tail.Sequence);
                }
            }
        }
    }

    /// <summary>True when nothing can be put any more.</summary>
    public bool IsClosed => Volatile.Read(ref *_closed) != 0;

    /// <summary>True when there is an item.</summary>
    public bool HasItems => Tail.Sequence != Head.Sequence;

    /// <summary>How many items were put and not reported as done.</summary>
    public long Unfinished => QueuePosition.Distance(Volatile.Read(ref *_done), Tail.Sequence);

    /// <summary>Where consumers sleep, for a wait on several queues.</summary>
    public ParkingSpot ItemSpot => _itemSpot;

    private QueuePosition Tail => new(Volatile.Read(ref *_tail));

    private QueuePosition Head => new(Volatile.Read(ref *_head));

    /// <summary>The bytes that a queue takes in a segment.</summary>
    public static long SizeOf(SharedQueueOptions options) => ControlSize + QueueRing.HeaderSize + options.RingCapacity;

    /// <summary>Makes a queue in memory that is zero.</summary>
    public static void Format(byte* memory, SharedQueueOptions options)
    {
        *(long*)(memory + CapacityOffset) = options.Capacity ?? 0;
        *(int*)(memory + IsBoundedByRingOffset) = options.IsBoundedByRing ? 1 : 0;
        QueuePosition begin = new(options.FirstSequence, ring: 0, offset: 0);
        *(long*)(memory + TailOffset) = begin.Word;
        *(long*)(memory + HeadOffset) = begin.Word;
        *(long*)(memory + DoneOffset) = begin.Sequence;
        *(long*)(memory + RingBytesOffset) = options.RingCapacity;
        QueueRing.Format(memory + ControlSize, options.RingCapacity, number: 0, begin.Sequence);
    }

    /// <summary>Puts a record in; waits while there is no room.</summary>
    /// <param name="head">The first part of its bytes.</param>
    /// <param name="body">The second part.</param>
    /// <param name="flags">What it says about itself.</param>
    /// <param name="deadline">How long to wait at most.</param>
    /// <param name="check">Called now and then while waiting; may throw. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SharedMemoryFullException">There is neither memory nor disk space for it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was put.</exception>
    public QueueResult TryPut(
        ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, RecordFlags flags, Deadline deadline, Action? check = null, CancellationToken cancellation = default)
    {
        long size = QueueRing.RecordSize((long)head.Length + body.Length);
        bool hasPaused = false;
        Deadline pause = default;
        while (true)
        {
            long seenHead;
            bool mayPause;
            if (!Lock(_putLock, deadline, check, cancellation, out _))
            {
                return QueueResult.TimedOut;
            }

            try
            {
                FaultPoints.Reached(FaultPoint.PutBegun);
                if (IsClosed)
                {
                    return QueueResult.Closed;
                }

                QueuePosition consumers = Head;
                seenHead = consumers.Word;
                QueuePosition tail = Tail;
                bool hasPlace = QueuePosition.Distance(consumers.Sequence, tail.Sequence) < (Capacity ?? long.MaxValue);
                mayPause = hasPlace && !_isBoundedByRing;
                if (hasPlace && FindRoom(size, tail, consumers, mayGrow: hasPaused, out long offset) is { } ring)
                {
                    ring.Write(offset, head, body, flags);
                    FaultPoints.Reached(FaultPoint.PutCopied);

                    // The record is there from here on.
                    Volatile.Write(ref *_tail, new QueuePosition(QueuePosition.Next(tail.Sequence), ring.Number, offset + size).Word);
                    FaultPoints.Reached(FaultPoint.PutPublished);
                    break;
                }
            }
            finally
            {
                _putLock.Release();
            }

            FaultPoints.Reached(FaultPoint.PutWaiting);
            if (mayPause)
            {
                // A queue without a limit grows only when its consumers do not keep up: memory that is used again is faster for both sides than more memory.
                pause = pause.IsSet ? pause : Deadline.After(s_growthPause);
                hasPaused = !SharedWait.UntilChanged(_head, seenHead, _closed, _roomSpot, ref _roomSpin, pause, check, cancellation) || pause.Left <= TimeSpan.Zero;
            }
            else if (!SharedWait.UntilChanged(_head, seenHead, _closed, _roomSpot, ref _roomSpin, deadline, check, cancellation))
            {
                return QueueResult.TimedOut;
            }
        }

        FaultPoints.Reached(FaultPoint.PutReleased);
        _itemSpot.WakeOneIfWaiting();
        if (_isBoundedByRing || (Capacity is { } capacity && Count < capacity))
        {
            _roomSpot.WakeOneIfWaiting();
        }

        return QueueResult.Done;
    }

    /// <summary>Takes the oldest record; waits while there is none.</summary>
    /// <param name="reader">Gets the record.</param>
    /// <param name="deadline">How long to wait at most.</param>
    /// <param name="taken">Counts what this process has taken.</param>
    /// <param name="check">Called now and then while waiting; may throw. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public QueueResult TryTake<TReader>(ref TReader reader, Deadline deadline, TakenCounter taken = default, Action? check = null, CancellationToken cancellation = default)
        where TReader : IRecordReader
    {
        while (true)
        {
            if (!HasItems)
            {
                if (IsDrained())
                {
                    return QueueResult.Closed;
                }

                FaultPoints.Reached(FaultPoint.TakeWaiting);
                if (!WaitForItem(deadline, check, cancellation))
                {
                    return QueueResult.TimedOut;
                }

                continue;
            }

            if (!Lock(_takeLock, deadline, check, cancellation, out bool isAbandoned))
            {
                return QueueResult.TimedOut;
            }

            try
            {
                FaultPoints.Reached(FaultPoint.TakeBegun);
                if (isAbandoned)
                {
                    DeleteRingBefore();
                }

                QueuePosition head = Head;
                if (head.Sequence == Tail.Sequence)
                {
                    // Another consumer was faster.
                    continue;
                }

                QueueRing ring = AttachHeadRing(head);
                long offset = head.OffsetIn(ring.Number);
                ReadOnlyMemory<byte> record = ring.Find(ref offset, out RecordFlags flags);
                if (!reader.Read(record, flags))
                {
                    return QueueResult.Refused;
                }

                FaultPoints.Reached(FaultPoint.TakeCopied);
                taken.Count(head.Sequence);

                // The record is taken from here on.
                Volatile.Write(ref *_head, new QueuePosition(QueuePosition.Next(head.Sequence), ring.Number, offset + QueueRing.RecordSize(record.Length)).Word);
                FaultPoints.Reached(FaultPoint.TakePublished);
                break;
            }
            finally
            {
                _takeLock.Release();
            }
        }

        FaultPoints.Reached(FaultPoint.TakeReleased);
        _roomSpot.WakeOneIfWaiting();
        if (HasItems)
        {
            _itemSpot.WakeOneIfWaiting();
        }

        return QueueResult.Done;
    }

    /// <summary>Waits until there is an item or the queue is closed.</summary>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool WaitForItem(Deadline deadline, Action? check, CancellationToken cancellation)
    {
        // The head is read first, and is never beyond the tail: if the two are equal, the queue was empty when the tail was read, and the wait is for that tail to change.
        QueuePosition head = Head;
        QueuePosition tail = Tail;
        if (head.Sequence != tail.Sequence)
        {
            return true;
        }

        if (deadline.Left <= TimeSpan.Zero)
        {
            return false;
        }

        if (!IsClosed)
        {
            return SharedWait.UntilChanged(_tail, tail.Word, _closed, _itemSpot, ref _itemSpin, deadline, check, cancellation);
        }

        // A producer is at it still, stopped or dead; IsDrained waits for it for a slice each time.
        cancellation.ThrowIfCancellationRequested();
        check?.Invoke();
        return true;
    }

    /// <summary>True when the queue is closed and nothing is left in it.</summary>
    /// <remarks>A producer that was at it when the queue was closed is waited for, for a moment: it may have died or be stopped.</remarks>
    public bool IsDrained()
    {
        if (!IsClosed || HasItems)
        {
            return false;
        }

        if (_putLock.IsHeld)
        {
            if (_putLock.Acquire(SharedWait.Slice) == MutexResult.TimedOut)
            {
                return false;
            }

            _putLock.Release();
        }

        return !HasItems;
    }

    /// <summary>Says that no more is to be put. Returns at once; waits for nobody.</summary>
    public void Close()
    {
        Interlocked.Exchange(ref *_closed, 1);
        FaultPoints.Reached(FaultPoint.CloseMarked);
        WakeAll();
    }

    /// <summary>Wakes everybody who waits, to look around.</summary>
    public void WakeAll()
    {
        _itemSpot.Wake();
        _roomSpot.Wake();
        _doneSpot.Wake();
    }

    /// <summary>Says that one of the items is done.</summary>
    /// <returns>False when all are already.</returns>
    public bool TryMarkDone()
    {
        while (true)
        {
            long done = Volatile.Read(ref *_done);
            QueuePosition tail = Tail;
            if (QueuePosition.Distance(done, tail.Sequence) <= 0)
            {
                return false;
            }

            long next = QueuePosition.Next(done);
            if (Interlocked.CompareExchange(ref *_done, next, done) == done)
            {
                if (next == tail.Sequence)
                {
                    _doneSpot.WakeIfWaiting();
                }

                return true;
            }
        }
    }

    /// <summary>Waits until all items are done.</summary>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool WaitUntilDone(Deadline deadline, Action? check, CancellationToken cancellation)
    {
        SpinPolicy spin = new();
        int never = 0;
        while (true)
        {
            long done = Volatile.Read(ref *_done);
            if (QueuePosition.Distance(done, Tail.Sequence) <= 0)
            {
                return true;
            }

            if (!SharedWait.UntilChanged(_done, done, &never, _doneSpot, ref spin, deadline, check, cancellation))
            {
                return false;
            }
        }
    }

    /// <summary>True when an item, by its sequence number, has been taken off.</summary>
    public bool IsTaken(long sequence) => QueuePosition.Distance(sequence, Head.Sequence) > 0;

    /// <summary>Unmaps the rings. Nobody may be inside, or come in again.</summary>
    public void Dispose()
    {
        _tailRing?.Dispose();
        _headRing?.Dispose();
    }

    private static bool Lock(SharedMutex mutex, Deadline deadline, Action? check, CancellationToken cancellation, out bool isAbandoned)
    {
        MutexResult result = mutex.Acquire(SharedWait.Slice, cancellation);
        if (result == MutexResult.TimedOut)
        {
            // Its holder is stopped, or many wait: whoever waits must be able to give up.
            Deadline patience = Deadline.After(s_lockPatience);
            do
            {
                check?.Invoke();
                result = mutex.Acquire(SharedWait.Slice, cancellation);
            }
            while (result == MutexResult.TimedOut && (deadline.Left > TimeSpan.Zero || patience.Left > TimeSpan.Zero));
        }

        isAbandoned = result == MutexResult.Abandoned;
        return result != MutexResult.TimedOut;
    }

    private static long CapacityAfter(long current, long size)
    {
        if (size > MostShared)
        {
            return size;
        }

        long grown = current > MostShared * MessagesPerRing ? LeastGrown : Math.Min(current * 2, MostGrown);
        return Math.Max(grown, (long)BitOperations.RoundUpToPowerOf2((ulong)(size * MessagesPerRing)));
    }

    /// <summary>Producers: the ring for a record and where in it, after growing where that is needed; null where there is no room and it has to wait.</summary>
    private QueueRing? FindRoom(long size, QueuePosition tail, QueuePosition head, bool mayGrow, out long offset)
    {
        QueueRing ring = AttachTailRing();
        bool isEmpty = head.Sequence == tail.Sequence;
        bool isFresh = tail.Sequence == ring.FirstSequence;
        offset = ring.FindRoom(size, tail, head, out long used);
        long end = tail.OffsetIn(ring.Number);
        bool wraps = offset >= 0 && offset < end;

        // A ring that was made for one large message is not used again; one that holds too few messages of this size would make the two sides wait for each other.
        bool isOutgrown = !isFresh && (ring.Capacity > MostShared * MessagesPerRing || (isEmpty && size <= MostShared && size * MessagesPerRing > ring.Capacity));

        // A smaller ring must be large enough for several times what was ever in this one, or it would be outgrown at once.
        long smaller = Math.Max(LeastGrown, ring.Capacity / MessagesPerRing);
        bool isTooLarge = wraps && smaller < ring.Capacity && Math.Max(ring.Peak, size) * MessagesPerRing <= smaller;
        if (offset < 0 || isOutgrown || isTooLarge)
        {
            // A pipe waits for room, but in a ring for several of its messages.
            bool holdsTooFew = size <= MostShared && size * MessagesPerRing > ring.Capacity;
            bool mustWait = _isBoundedByRing ? !holdsTooFew : offset < 0 && !mayGrow && IsTakenFrom(head);
            if (!isEmpty && !isTooLarge && mustWait)
            {
                return null;
            }

            _headAtGrowth = head.Word;
            ring = Grow(ring, tail, isTooLarge ? smaller : CapacityAfter(ring.Capacity, size));
            offset = 0;
            used = 0;
        }
        else if (wraps)
        {
            ring.Skip(end);
            ring.Peak = 0;
            FaultPoints.Reached(FaultPoint.PutSkipped);
        }

        if (used + size > ring.Peak)
        {
            ring.Peak = used + size;
        }

        return ring;
    }

    /// <summary>True when consumers have taken something since this process last made the queue grow: they may make room soon.</summary>
    private bool IsTakenFrom(QueuePosition head) => head.Word != _headAtGrowth;

    private QueueRing Grow(QueueRing ring, QueuePosition tail, long capacity)
    {
        if (ring.NextPath is { Length: > 0 } left)
        {
            // Of a producer that died before it had sealed this ring.
            File.Delete(left);
        }

        Segment segment = RingFiles.Create(_segment.Path, QueueRing.HeaderSize + capacity, Volatile.Read(ref *_ringBytes), path =>
        {
            ring.NameNext(path);
            FaultPoints.Reached(FaultPoint.GrowNamed);
        });
        try
        {
            QueueRing.Format(segment.Pointer, capacity, ring.Number + 1, tail.Sequence);
            QueueRing next = new(segment, segment.Pointer, segment.Size);
            FaultPoints.Reached(FaultPoint.GrowCreated);
            ring.Seal(tail.Sequence);
            FaultPoints.Reached(FaultPoint.GrowSealed);
            CountRing(next, 1);
            ring.Dispose();
            return _tailRing = next;
        }
        catch
        {
            segment.Unlink();
            segment.Dispose();
            throw;
        }
    }

    private void CountRing(QueueRing ring, int sign)
    {
        if (!RingFiles.IsOnDisk(ring.Path))
        {
            Interlocked.Add(ref *_ringBytes, sign * ring.Capacity);
        }
    }

    /// <summary>Producers: the last ring of the chain.</summary>
    private QueueRing AttachTailRing()
    {
        QueueRing? ring = _tailRing;
        if (ring is { IsSealed: false })
        {
            return ring;
        }

        _tailRing = null;
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                ring ??= OpenHeadRing();
                while (ring.IsSealed)
                {
                    QueueRing next = QueueRing.Open(ring.NextPath);
                    ring.Dispose();
                    ring = next;
                }

                return _tailRing = ring;
            }
            catch (InvalidSegmentException) when (attempt < MostAttempts)
            {
                // Consumers have passed it and deleted it since it was found; begin where they are.
                ring?.Dispose();
                ring = null;
            }
        }
    }

    /// <summary>The ring in which consumers are, or were a moment ago.</summary>
    private QueueRing OpenHeadRing()
    {
        for (int attempt = 0; ; attempt++)
        {
            int number = Volatile.Read(ref *_headRingNumber);
            if (number == 0)
            {
                return new QueueRing(null, _memory + ControlSize, _available);
            }

            // The slot of a number is written over only after the number has gone on.
            string path = SharedText.Read(PathSlot(number));
            bool isCurrent = Volatile.Read(ref *_headRingNumber) == number;
            try
            {
                if (isCurrent)
                {
                    return QueueRing.Open(path);
                }
            }
            catch (InvalidSegmentException) when (attempt < MostAttempts)
            {
                // Passed and deleted meanwhile.
            }
        }
    }

    /// <summary>Consumers: the ring that the next item is in.</summary>
    private QueueRing AttachHeadRing(QueuePosition head)
    {
        QueueRing? ring = _headRing;
        if (ring is null || ring.Number != Volatile.Read(ref *_headRingNumber))
        {
            _headRing = null;
            ring?.Dispose();
            _headRing = ring = OpenHeadRing();
        }

        while (ring.IsSealed && ring.SealedAt == head.Sequence)
        {
            ring = Advance(ring);
        }

        return ring;
    }

    private QueueRing Advance(QueueRing ring)
    {
        string path = ring.NextPath;
        QueueRing next = QueueRing.Open(path);
        SharedText.Write(PathSlot(next.Number), path);
        FaultPoints.Reached(FaultPoint.AdvanceNamed);
        Volatile.Write(ref *_headRingNumber, next.Number);
        FaultPoints.Reached(FaultPoint.AdvanceMoved);
        _headRing = next;
        Delete(ring);
        return next;
    }

    /// <summary>Consumers: deletes what one that died in <see cref="Advance"/> may have left.</summary>
    private void DeleteRingBefore()
    {
        int number = Volatile.Read(ref *_headRingNumber);
        if (number < 2)
        {
            return;
        }

        try
        {
            // The slot may also hold the ring after this one, or half of its name: the number in the ring tells.
            QueueRing before = QueueRing.Open(SharedText.Read(PathSlot(number - 1)));
            if (before.Number < number)
            {
                Delete(before);
            }
            else
            {
                before.Dispose();
            }
        }
        catch (InvalidSegmentException)
        {
            // It is gone, as it should be.
        }
    }

    private void Delete(QueueRing ring)
    {
        if (ring.Path is { } path)
        {
            File.Delete(path);
            CountRing(ring, -1);
        }

        ring.Dispose();
    }

    private byte* PathSlot(int number) => _memory + ((number & 1) == 0 ? FirstPathOffset : SecondPathOffset);
}

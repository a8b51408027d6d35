namespace ProcessTools.Engine.Memory;

/// <summary>
/// One of the rings that a queue's items lie in: a header that is written once, and the data. Rings are numbered from 0; ring 0 lies in the queue's own segment, each further
/// one in a segment of its own, which the one before it names.
/// </summary>
/// <remarks>
/// A record is its length (4 bytes), its flags (4 bytes) and its bytes, rounded up to 8; it never wraps around, so that it can be read where it lies. Where a record does not fit
/// before the end of the ring, a length of -1 says that it is at the beginning.
/// A ring is sealed when its successor exists: the name of that is written first, then the sequence number at which it begins, then the flag, each visible before the
/// next. A producer that dies before the flag has changed nothing that anybody reads.
/// </remarks>
internal sealed unsafe class QueueRing : IDisposable
{
    /// <summary>The bytes of the header before the data.</summary>
    public const int HeaderSize = 4096;

    /// <summary>The bytes of a record before its own.</summary>
    public const int RecordHeaderSize = 8;

    private const ulong Magic = 0x31474E4952545000; // "\0PTRING1"
    private const int SkipMark = -1;
    private const int MagicOffset = 0;
    private const int CapacityOffset = 8;
    private const int FirstOffset = 16;
    private const int NumberOffset = 24;
    private const int SealedOffset = 32;
    private const int SealedAtOffset = 40;
    private const int PeakOffset = 48;
    private const int NextPathOffset = 64;

    private readonly Segment? _segment;
    private readonly byte* _header;
    private readonly byte* _data;
    private readonly UnmanagedMemory _memory;

    /// <summary>Makes a view of a ring.</summary>
    /// <param name="segment">The segment that is the ring's alone, or null for ring 0.</param>
    /// <param name="memory">Where the ring begins.</param>
    /// <param name="available">How many bytes there are.</param>
    /// <exception cref="InvalidSegmentException">It is no ring.</exception>
    public QueueRing(Segment? segment, byte* memory, long available)
    {
        _segment = segment;
        _header = memory;
        _data = memory + HeaderSize;
        Capacity = *(long*)(memory + CapacityOffset);
        Number = *(int*)(memory + NumberOffset);
        FirstSequence = *(long*)(memory + FirstOffset);
        bool isValid = Volatile.Read(ref *(ulong*)(memory + MagicOffset)) == Magic
            && Capacity is > 0 and <= QueuePosition.MostBytes
            && Capacity % QueuePosition.Alignment == 0
            && available >= HeaderSize + Capacity;
        if (!isValid)
        {
            throw new InvalidSegmentException(segment?.Path ?? string.Empty, "it is no ring of a queue");
        }

        _memory = new UnmanagedMemory(_data, (int)Capacity);
    }

    /// <summary>The size of the data.</summary>
    public long Capacity { get; }

    /// <summary>How many rings the queue had before it.</summary>
    public int Number { get; }

    /// <summary>The sequence number of its first item.</summary>
    public long FirstSequence { get; }

    /// <summary>The path of its own segment, or null for ring 0.</summary>
    public string? Path => _segment?.Path;

    /// <summary>True when the items from <see cref="SealedAt"/> on are in the next ring.</summary>
    public bool IsSealed => Volatile.Read(ref *(int*)(_header + SealedOffset)) != 0;

    /// <summary>The sequence number of the next ring's first item. Of use when sealed.</summary>
    public long SealedAt => *(long*)(_header + SealedAtOffset);

    /// <summary>The path of the next ring. Of use when sealed; before, what a producer that died may have left.</summary>
    public string NextPath => SharedText.Read(_header + NextPathOffset);

    /// <summary>Producers: the most bytes that were in use since the ring's beginning was last reached.</summary>
    public long Peak
    {
        get => *(long*)(_header + PeakOffset);
        set => *(long*)(_header + PeakOffset) = value;
    }

    /// <summary>The bytes that a record takes.</summary>
    public static long RecordSize(long length) => (RecordHeaderSize + length + QueuePosition.Alignment - 1) & -QueuePosition.Alignment;

    /// <summary>Writes a ring's header.</summary>
    public static void Format(byte* memory, long capacity, int number, long firstSequence)
    {
        *(long*)(memory + CapacityOffset) = capacity;
        *(int*)(memory + NumberOffset) = number;
        *(long*)(memory + FirstOffset) = firstSequence;
        Volatile.Write(ref *(ulong*)(memory + MagicOffset), Magic);
    }

    /// <summary>Opens a ring of its own segment.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is no ring.</exception>
    public static QueueRing Open(string path)
    {
        Segment segment = Segment.Open(path, HeaderSize);
        try
        {
            return new QueueRing(segment, segment.Pointer, segment.Size);
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    /// <summary>Says where the next ring is; without effect until <see cref="Seal"/>.</summary>
    public void NameNext(string path) => SharedText.Write(_header + NextPathOffset, path);

    /// <summary>Says that the items from this one on are in the next ring.</summary>
    public void Seal(long sequence)
    {
        *(long*)(_header + SealedAtOffset) = sequence;
        Volatile.Write(ref *(int*)(_header + SealedOffset), 1);
    }

    /// <summary>Producers: where a record of a size can begin, or -1 when there is no room now.</summary>
    /// <param name="size">The record's size, with its header.</param>
    /// <param name="tail">Where the producers are.</param>
    /// <param name="head">Where the consumers are, or were a moment ago.</param>
    /// <param name="used">The bytes that are in use or lie unused before the record.</param>
    public long FindRoom(long size, QueuePosition tail, QueuePosition head, out long used)
    {
        long end = tail.OffsetIn(Number);
        long items = QueuePosition.Distance(head.Sequence, tail.Sequence);

        // Consumers that are not in this ring yet will begin at its beginning. One that has been here for 17 thousand million items would look like one that
        // is not: then a further ring is made, which costs nothing but that.
        bool consumersAreHere = QueuePosition.Distance(FirstSequence, head.Sequence) > 0;
        long begin = consumersAreHere ? head.OffsetIn(Number) : 0;
        bool isSplit = items > 0 && consumersAreHere && end <= begin;
        used = items == 0 ? 0 : isSplit ? Capacity - begin + end : end - begin;
        if (isSplit)
        {
            // In use are the bytes from begin to the end of the ring and from 0 to end; equal positions with items between them mean a full ring.
            return begin - end >= size ? end : -1;
        }

        if (Capacity - end >= size)
        {
            return end;
        }

        long roomAtBeginning = items == 0 ? end : begin;
        if (roomAtBeginning < size)
        {
            return -1;
        }

        return 0;
    }

    /// <summary>Producers: leaves the rest of the ring unused.</summary>
    public void Skip(long offset)
    {
        if (offset < Capacity)
        {
            *(int*)(_data + offset) = SkipMark;
        }
    }

    /// <summary>Producers: writes a record, which nobody reads before the position says so.</summary>
    public void Write(long offset, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, RecordFlags flags)
    {
        byte* record = _data + offset;
        *(int*)record = head.Length + body.Length;
        *(int*)(record + sizeof(int)) = (int)flags;
        head.CopyTo(new Span<byte>(record + RecordHeaderSize, head.Length));
        Span<byte> target = new(record + RecordHeaderSize + head.Length, body.Length);
        if (FaultPoints.AreWatched)
        {
            body[..(body.Length / 2)].CopyTo(target);
            FaultPoints.Reached(FaultPoint.PutHalfCopied);
        }

        body.CopyTo(target);
    }

    /// <summary>Consumers: finds the record at a position.</summary>
    /// <param name="offset">The position; moved to the beginning where the rest of the ring is unused.</param>
    /// <param name="flags">What the record says about itself.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="InvalidSegmentException">There is no record, so the memory was written by others than queues.</exception>
    public ReadOnlyMemory<byte> Find(ref long offset, out RecordFlags flags)
    {
        if (offset == Capacity || *(int*)(_data + offset) == SkipMark)
        {
            offset = 0;
        }

        int length = *(int*)(_data + offset);
        flags = (RecordFlags)(*(int*)(_data + offset + sizeof(int)));
        if (length < 0 || length > Capacity - offset - RecordHeaderSize)
        {
            throw new InvalidSegmentException(Path ?? string.Empty, $"a record of {length} bytes cannot be at {offset} of {Capacity}");
        }

        return _memory.Memory.Slice((int)offset + RecordHeaderSize, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _segment?.Dispose();
}

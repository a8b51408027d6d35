namespace ProcessTools.Engine.Memory;

/// <summary>
/// Where a queue's producers or consumers are, in one 64-bit word: how many items have passed (35 bits), which of two neighbouring rings the rest is about
/// (the lowest bit of the ring's number), and where in that ring the next item begins (28 bits, in units of 8 bytes, so rings of up to 2 GiB). One aligned store
/// moves all of it at once: whoever is killed has moved all or nothing.
/// </summary>
/// <param name="Word">The word.</param>
/// <remarks>
/// Sequence numbers wrap around after 34 thousand million items, hours at full speed. So they are compared by their distance only, which is right as long as no two
/// numbers in use are more than half of that apart; an item takes at least 8 bytes, so that many do not fit any machine.
/// </remarks>
internal readonly record struct QueuePosition(long Word)
{
    /// <summary>What places in a ring are multiples of.</summary>
    public const int Alignment = 8;

    /// <summary>The largest ring, and the largest record: what one array of .NET can be of.</summary>
    public const long MostBytes = int.MaxValue & ~(Alignment - 1);

    private const int OffsetBits = 28;
    private const int AlignmentBits = 3;
    private const int SequenceShift = OffsetBits + 1;
    private const long OffsetMask = (1L << OffsetBits) - 1;
    private const long SequenceMask = (long)(ulong.MaxValue >> SequenceShift);

    /// <summary>Makes a position.</summary>
    /// <param name="sequence">How many items have passed.</param>
    /// <param name="ring">The number of the ring.</param>
    /// <param name="offset">Where in the ring the next item begins.</param>
    public QueuePosition(long sequence, int ring, long offset)
        : this((sequence << SequenceShift) | ((ring & 1L) << OffsetBits) | (offset >> AlignmentBits))
    {
    }

    /// <summary>How many items have passed, without what has wrapped around.</summary>
    public long Sequence => (long)((ulong)Word >> SequenceShift);

    /// <summary>Where in a ring the next item begins: where the position says, or at the ring's beginning when the position is still about the ring before it.</summary>
    public long OffsetIn(int ring) => ((Word >> OffsetBits) & 1) == (ring & 1) ? (Word & OffsetMask) << AlignmentBits : 0;

    /// <summary>How far one sequence number is after another; negative when it is before.</summary>
    public static long Distance(long from, long to) => (to - from) << SequenceShift >> SequenceShift;

    /// <summary>The sequence number that comes after another.</summary>
    public static long Next(long sequence) => (sequence + 1) & SequenceMask;
}

using System.Numerics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// What a pool and one of its workers share: a ring of tasks, a ring of results, and the claim by which a task that was sent ahead belongs to exactly one of the two until it begins.
/// </summary>
/// <remarks>
/// <para>
/// Tasks are numbered in the order in which they are sent, in 32 bits that wrap; two numbers are compared by their difference. The claim is one word of 64 bits: in its low half
/// the number after the last task that the worker has begun, in its high half the number from which on nothing may begin. The worker begins a task, and the pool takes tasks back, by
/// compare-and-exchange of that word, so of any task either the worker has begun it or the pool has it back. What a worker that died had in its hand is the task before the low half, unless
/// its end is among the results.
/// </para>
/// <para>
/// The bytes of tasks that were taken back are still in the ring and the worker has to pass over them. Before the pool allows later tasks it writes the range that was taken back; the store that raises
/// the limit comes after that, so a worker that sees a limit beyond the range sees the range. A second range may be taken back only when the worker has passed the first.
/// </para>
/// <para>
/// The limit is raised before the frame of the tasks is published, so a worker never finds a task beyond the limit that was not taken back.
/// </para>
/// </remarks>
internal sealed unsafe class TaskLane : IDisposable
{
    private const ulong Magic = 0x31454E414C545000; // "\0PTLANE1"
    private const int HeaderSize = 4096;
    private const int DefaultCapacity = 1 << 20;

    private const int CapacityOffset = 8;
    private const int ClaimOffset = 128;
    private const int RevokedOffset = 256;
    private const int BeginTimeOffset = 384;
    private const int TaskRingOffset = 512;
    private const int ResultRingOffset = TaskRingOffset + ByteRing.ControlSize;

    private readonly Segment _segment;
    private readonly long* _claim;
    private readonly long* _revoked;
    private readonly long* _beginTime;

    private TaskLane(Segment segment, int capacity)
    {
        _segment = segment;
        Capacity = capacity;
        byte* start = segment.Pointer;
        _claim = (long*)(start + ClaimOffset);
        _revoked = (long*)(start + RevokedOffset);
        _beginTime = (long*)(start + BeginTimeOffset);
        Tasks = new ByteRing(start + TaskRingOffset, start + HeaderSize, capacity);
        Results = new ByteRing(start + ResultRingOffset, start + HeaderSize + capacity, capacity);
    }

    /// <summary>What the worker opens it by.</summary>
    public string Address => _segment.Path;

    /// <summary>The size of each ring.</summary>
    public int Capacity { get; }

    /// <summary>From the pool to the worker.</summary>
    public ByteRing Tasks { get; }

    /// <summary>From the worker to the pool.</summary>
    public ByteRing Results { get; }

    /// <summary>The number after the last task that was begun.</summary>
    public uint Begun => (uint)Volatile.Read(ref *_claim);

    /// <summary>The number from which on nothing may begin.</summary>
    public uint Limit => (uint)(Volatile.Read(ref *_claim) >> 32);

    /// <summary>When the last task that was begun began, in ticks of the clock that all processes of a machine share (<see cref="System.Diagnostics.Stopwatch"/>).</summary>
    public long BeginTime => Volatile.Read(ref *_beginTime);

    /// <summary>Makes a lane.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static TaskLane Create()
    {
        Segment segment = Segment.Create("lane", HeaderSize + (2L * DefaultCapacity));
        *(int*)(segment.Pointer + CapacityOffset) = DefaultCapacity;
        Volatile.Write(ref *(ulong*)segment.Pointer, Magic);
        return new TaskLane(segment, DefaultCapacity);
    }

    /// <summary>Opens a lane that a pool made.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is not one.</exception>
    public static TaskLane Open(string address)
    {
        Segment segment = Segment.Open(address, HeaderSize);
        int capacity = *(int*)(segment.Pointer + CapacityOffset);
        if (Volatile.Read(ref *(ulong*)segment.Pointer) == Magic && capacity > 0 && BitOperations.IsPow2(capacity) && segment.Size >= HeaderSize + (2L * capacity))
        {
            return new TaskLane(segment, capacity);
        }

        segment.Dispose();
        throw new InvalidSegmentException(address, "it is no lane of a pool of this version");
    }

    /// <summary>Worker: begins tasks, unless they were taken back.</summary>
    /// <param name="number">The number of the first.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many were begun; 0 when the pool has the first back.</returns>
    public int TryBegin(uint number, int count, long now)
    {
        // Before the claim: whoever sees the claim sees a time that is not older than it.
        Volatile.Write(ref *_beginTime, now);
        while (true)
        {
            long claim = Volatile.Read(ref *_claim);
            uint limit = (uint)(claim >> 32);
            if (!IsBefore(number, limit) || IsRevoked(number))
            {
                return 0;
            }

            uint end = (uint)Math.Min(Math.Min(count, (int)(limit - number)), UntilRevoked(number)) + number;
            if (Interlocked.CompareExchange(ref *_claim, Join(end, limit), claim) == claim)
            {
                return (int)(end - number);
            }
        }
    }

    /// <summary>Worker: how many tasks it may still begin.</summary>
    /// <param name="next">The number of the next.</param>
    public int Backlog(uint next) => Math.Max(0, (int)(Limit - next));

    /// <summary>Pool: allows the tasks before a number. Called before they are published.</summary>
    public void Allow(uint limit)
    {
        while (true)
        {
            long claim = Volatile.Read(ref *_claim);
            if (Interlocked.CompareExchange(ref *_claim, Join((uint)claim, limit), claim) == claim)
            {
                return;
            }
        }
    }

    /// <summary>Pool: takes tasks back that have not begun.</summary>
    /// <param name="from">The number of the first that is wanted back.</param>
    /// <returns>The number of the first that is back: all from there to the old limit are.</returns>
    public uint Revoke(uint from)
    {
        while (true)
        {
            long claim = Volatile.Read(ref *_claim);
            uint begun = (uint)claim;
            uint limit = (uint)(claim >> 32);
            uint first = IsBefore(from, begun) ? begun : from;
            if (!IsBefore(first, limit))
            {
                return limit;
            }

            if (Interlocked.CompareExchange(ref *_claim, Join(begun, first), claim) == claim)
            {
                return first;
            }
        }
    }

    /// <summary>Pool: writes down what was taken back, before <see cref="Allow"/> allows what comes after it.</summary>
    public void MarkRevoked(uint from, uint to) => Volatile.Write(ref *_revoked, Join(from, to));

    /// <summary>Takes the name away once both sides hold the lane.</summary>
    public void Unlink() => _segment.Unlink();

    /// <inheritdoc/>
    public void Dispose()
    {
        _segment.Unlink();
        _segment.Dispose();
    }

    /// <summary>Whether one number comes before another.</summary>
    public static bool IsBefore(uint number, uint other) => (int)(other - number) > 0;

    private static long Join(uint low, uint high) => (long)(((ulong)high << 32) | low);

    /// <summary>How many numbers there are from one to those that were taken back.</summary>
    private int UntilRevoked(uint number)
    {
        long range = Volatile.Read(ref *_revoked);
        uint from = (uint)range;
        uint to = (uint)(range >> 32);
        return from != to && IsBefore(number, from) ? (int)(from - number) : int.MaxValue;
    }

    private bool IsRevoked(uint number)
    {
        long range = Volatile.Read(ref *_revoked);
        uint from = (uint)range;
        uint to = (uint)(range >> 32);
        return number - from < to - from;
    }
}

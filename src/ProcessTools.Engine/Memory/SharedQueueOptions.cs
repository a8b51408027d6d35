namespace ProcessTools.Engine.Memory;

/// <summary>What a queue in shared memory is made with; the same for all processes.</summary>
internal sealed class SharedQueueOptions
{
    /// <summary>The most items, or null for no limit.</summary>
    public long? Capacity { get; init; }

    /// <summary>True when producers wait for room in the ring (as those of a pipe do), false when the queue grows.</summary>
    public bool IsBoundedByRing { get; init; }

    /// <summary>
    /// Bytes of the first ring; a multiple of 8. A quarter of a mebibyte holds thousands of small messages and stays in a processor's second-level cache.
    /// </summary>
    public int RingCapacity { get; init; } = 256 * 1024;

    /// <summary>The sequence number to begin with; for tests of what happens when the numbers wrap around.</summary>
    public long FirstSequence { get; init; }
}

namespace ProcessTools.Engine.Transport;

/// <summary>The sizes of a connection.</summary>
internal sealed class SharedMemoryConnectionOptions
{
    /// <summary>
    /// Bytes of each of the two rings; a power of two. A quarter of a mebibyte holds thousands of small messages and stays in a
    /// processor's second-level cache; larger messages pass in pieces at the speed of two copies.
    /// </summary>
    public int RingCapacity { get; init; } = 256 * 1024;

    /// <summary>The largest frame, in bytes, that this side accepts; checked before anything is allocated.</summary>
    public int MaxFrameSize { get; init; } = Array.MaxLength;
}

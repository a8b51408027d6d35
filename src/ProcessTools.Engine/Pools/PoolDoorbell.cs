using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Pools;

/// <summary>The one place where a pool sleeps until one of its workers has something for it.</summary>
internal sealed unsafe class PoolDoorbell : IDisposable
{
    private const int Size = 4096;
    private const int SpotOffset = 64;

    private readonly Segment _segment;

    private readonly bool _isOwner;

    private PoolDoorbell(Segment segment, bool isOwner)
    {
        _segment = segment;
        _isOwner = isOwner;
        Spot = new ParkingSpot((int*)(segment.Pointer + SpotOffset));
    }

    /// <summary>What a worker opens it by.</summary>
    public string Address => _segment.Path;

    /// <summary>Where the pool sleeps.</summary>
    public ParkingSpot Spot { get; }

    /// <summary>Makes one.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static PoolDoorbell Create() => new(Segment.Create("doorbell", Size), isOwner: true);

    /// <summary>Opens one that a pool made.</summary>
    /// <exception cref="InvalidSegmentException">There is none.</exception>
    public static PoolDoorbell Open(string address) => new(Segment.Open(address, Size), isOwner: false);

    /// <summary>Keeps the memory mapped while a thread waits on it.</summary>
    /// <exception cref="ObjectDisposedException">It is gone.</exception>
    public void AddReference(ref bool entered) => _segment.Handle.DangerousAddRef(ref entered);

    /// <summary>Ends what <see cref="AddReference"/> began.</summary>
    public void Release(bool entered)
    {
        if (entered)
        {
            _segment.Handle.DangerousRelease();
        }
    }

    /// <summary>Takes its name away.</summary>
    public void Unlink() => _segment.Unlink();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwner)
        {
            // Not a worker that leaves: others may yet come.
            _segment.Unlink();
        }

        _segment.Dispose();
    }
}

using System.Numerics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>What a client's thread and a state's hub share: a ring of requests and a ring of responses. Each frame is its length, 4 bytes, and its bytes.</summary>
internal sealed unsafe class StateLane : IDisposable
{
    /// <summary>The bytes of a frame before its own.</summary>
    public const int FrameHeader = sizeof(int);

    private const ulong Magic = 0x314E414C54535F5F; // "__STLAN1"
    private const int HeaderSize = 4096;
    private const int CapacityOffset = 8;
    private const int ClosedOffset = 64;
    private const int WantsRoomOffset = 128;
    private const int ReleasedOffset = 192;
    private const int ProcessorOffset = 256;
    private const int RequestsOffset = 512;
    private const int ResponsesOffset = RequestsOffset + ByteRing.ControlSize;
    private const int DefaultCapacity = 1 << 17;

    private readonly Segment _segment;
    private readonly int* _closed;
    private readonly int* _wantsRoom;
    private readonly int* _released;

    private StateLane(Segment segment, int capacity)
    {
        _segment = segment;
        byte* start = segment.Pointer;
        _closed = (int*)(start + ClosedOffset);
        _wantsRoom = (int*)(start + WantsRoomOffset);
        _released = (int*)(start + ReleasedOffset);
        Requests = new ByteRing(start + RequestsOffset, start + HeaderSize, capacity, yields: true);
        Responses = new ByteRing(start + ResponsesOffset, start + HeaderSize + capacity, capacity, yields: true);
    }

    /// <summary>Its path.</summary>
    public string Path => _segment.Path;

    /// <summary>From the client to the hub.</summary>
    public ByteRing Requests { get; }

    /// <summary>From the hub to the client.</summary>
    public ByteRing Responses { get; }

    /// <summary>True once the client uses it no longer.</summary>
    public bool IsClosed => Volatile.Read(ref *_closed) != 0;

    /// <summary>True while the hub has more of a response than there was room for: the client that made room rings.</summary>
    public bool WantsRoom => Volatile.Read(ref *_wantsRoom) != 0;

    /// <summary>True when the client may go on with the response to its last request, though it has no turn to spin (see <see cref="HubSegment"/>).</summary>
    public bool IsReleased
    {
        get => Volatile.Read(ref *_released) != 0;
        set => Volatile.Write(ref *_released, value ? 1 : 0);
    }

    /// <summary>The processor, about, on which the client wrote its last request.</summary>
    public int Processor
    {
        get => Volatile.Read(ref *(int*)(_segment.Pointer + ProcessorOffset));
        set => Volatile.Write(ref *(int*)(_segment.Pointer + ProcessorOffset), value);
    }

    /// <summary>Client: makes a lane.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static StateLane Create()
    {
        Segment segment = Segment.Create("lane", HeaderSize + (2L * DefaultCapacity));
        *(int*)(segment.Pointer + CapacityOffset) = DefaultCapacity;
        Volatile.Write(ref *(ulong*)segment.Pointer, Magic);
        return new StateLane(segment, DefaultCapacity);
    }

    /// <summary>Hub: opens a lane that a client made.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is not one.</exception>
    public static StateLane Open(string path)
    {
        Segment segment = Segment.Open(path, HeaderSize);
        int capacity = *(int*)(segment.Pointer + CapacityOffset);
        if (Volatile.Read(ref *(ulong*)segment.Pointer) == Magic && capacity > 0 && BitOperations.IsPow2(capacity) && segment.Size >= HeaderSize + (2L * capacity))
        {
            return new StateLane(segment, capacity);
        }

        segment.Dispose();
        throw new InvalidSegmentException(path, "it is no lane of a shared state of this version");
    }

    /// <summary>Hub: says whether it has more of a response. A full fence: the hub looks for room after it, the client looks here after it made room, so one of the two sees the other.</summary>
    public void SetWantsRoom(bool value) => Interlocked.Exchange(ref *_wantsRoom, value ? 1 : 0);

    /// <summary>Client: says that it uses the lane no longer.</summary>
    public void Close() => Volatile.Write(ref *_closed, 1);

    /// <summary>Takes the name away once both sides hold the lane.</summary>
    public void Unlink() => _segment.Unlink();

    /// <inheritdoc/>
    public void Dispose() => _segment.Dispose();
}

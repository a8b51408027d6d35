using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>
/// The segment of one object that lives directly in shared memory: a header that says what it is, and the object's own words. The state's hub makes it, keeps it, and takes its name away when the object is removed; clients map it for
/// as long as they reach the object. A method that uses <see cref="Body"/> ends with <see cref="GC.KeepAlive"/> of what holds the segment, so that the memory stays mapped meanwhile.
/// </summary>
/// <remarks>
/// The header: 8 bytes magic, 4 bytes kind (<see cref="SharedObjectKind"/>), 4 bytes count, 4 bytes type code, 4 bytes 1 for TimeSpan, 8 bytes length of the body; then, from byte 64, the body, zeros at first, aligned to 64 bytes.
/// </remarks>
internal sealed unsafe class SyncSegment : IDisposable
{
    private const ulong Magic = 0x31434E5953545000; // "\0PTSYNC1"
    private const int HeaderSize = 64;
    private const int KindOffset = 8;
    private const int CountOffset = 12;
    private const int TypeOffset = 16;
    private const int TimeSpanOffset = 20;
    private const int LengthOffset = 24;

    private readonly Segment _segment;

    private SyncSegment(Segment segment)
    {
        _segment = segment;
        byte* header = segment.Pointer;
        Body = header + HeaderSize;
        Options = new SyncOptions
        {
            Kind = (SharedObjectKind)(*(int*)(header + KindOffset)),
            Count = *(int*)(header + CountOffset),
            ElementType = (TypeCode)(*(int*)(header + TypeOffset)),
            IsTimeSpan = *(int*)(header + TimeSpanOffset) != 0,
        };
    }

    ~SyncSegment() => _segment.Dispose();

    /// <summary>What another process opens it by.</summary>
    public string Address => _segment.Path;

    /// <summary>The object's own words.</summary>
    public byte* Body { get; }

    /// <summary>The length of <see cref="Body"/> in bytes.</summary>
    public long Length => *(long*)(_segment.Pointer + LengthOffset);

    /// <summary>What the object is, without its initial bytes and its lock.</summary>
    public SyncOptions Options { get; }

    /// <summary>Makes a segment.</summary>
    /// <param name="options">What the object is.</param>
    /// <param name="length">The bytes of its body.</param>
    /// <param name="format">Writes what the body is at first other than zeros, before anybody can see it; null for nothing.</param>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static SyncSegment Create(SyncOptions options, long length, Action<nint>? format = null)
    {
        Segment segment = Segment.Create("sync", HeaderSize + length);
        byte* header = segment.Pointer;
        *(int*)(header + KindOffset) = (int)options.Kind;
        *(int*)(header + CountOffset) = options.Count;
        *(int*)(header + TypeOffset) = (int)options.ElementType;
        *(int*)(header + TimeSpanOffset) = options.IsTimeSpan ? 1 : 0;
        *(long*)(header + LengthOffset) = length;
        format?.Invoke((nint)(header + HeaderSize));
        Volatile.Write(ref *(ulong*)header, Magic);
        return new SyncSegment(segment);
    }

    /// <summary>Opens a segment that another process made.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is not one of this kind.</exception>
    public static SyncSegment Open(string address, SharedObjectKind kind)
    {
        Segment segment = Segment.Open(address, HeaderSize);
        byte* header = segment.Pointer;
        if (Volatile.Read(ref *(ulong*)header) == Magic && *(int*)(header + KindOffset) == (int)kind && *(long*)(header + LengthOffset) <= segment.Size - HeaderSize)
        {
            return new SyncSegment(segment);
        }

        segment.Dispose();
        throw new InvalidSegmentException(address, $"it is no shared {kind} of this version");
    }

    /// <summary>Keeps the memory mapped, even when this is disposed of, until <see cref="LetGo"/>.</summary>
    /// <returns>False when it was disposed of already.</returns>
    public bool TryHold()
    {
        bool isHeld = false;
        try
        {
            _segment.Handle.DangerousAddRef(ref isHeld);
        }
        catch (ObjectDisposedException)
        {
            // As the result says.
        }

        return isHeld;
    }

    /// <summary>Ends what <see cref="TryHold"/> began.</summary>
    public void LetGo() => _segment.Handle.DangerousRelease();

    /// <summary>Takes the name away; those who map it keep it.</summary>
    public void Unlink() => _segment.Unlink();

    /// <inheritdoc/>
    public void Dispose()
    {
        _segment.Dispose();
        GC.SuppressFinalize(this);
    }
}

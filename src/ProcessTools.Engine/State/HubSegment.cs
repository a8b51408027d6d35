using System.Runtime.InteropServices;
using System.Text;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>
/// How clients find a state's hub: whose it is, where it sleeps, which lanes there are, which of them have something for it, and who holds the state.
/// </summary>
/// <remarks>
/// <para>
/// A client takes a place in the table of lanes by compare-and-exchange of the place's owner word, writes the path of its lane beside it, and rings. Ringing is: set the place's bit, then wake the hub if it waits
/// (<see cref="ParkingSpot"/>). The hub takes all bits of a word at once by exchange, and looks at each lane; what a client published before it set the bit, the hub sees after it took it (both are full fences).
/// </para>
/// <para>
/// A client that waits for a response spins only while it has a turn. There are as many turns as processors less the hub's own: more spinners would take the processors from the hub and from each other, and to sleep and wake for each
/// request costs several times the request. So of many clients that ask without pause a few at a time work at full speed, for a moment each; <see cref="StateHub"/> passes the turns on.
/// </para>
/// <para>
/// A client that dies leaves its place owned by a process that no longer is; the hub, which watches the owners, frees the place. A client that dies between taking the place and ringing leaves a place without a lane, which the hub finds
/// when it looks for the dead.
/// </para>
/// </remarks>
internal sealed unsafe class HubSegment : IDisposable
{
    /// <summary>The most lanes: threads of all processes that use a state at the same instant.</summary>
    public const int Lanes = 1024;

    private const ulong Magic = 0x314255485453545F; // "_TSTHUB1"
    private const int Ended = 1;
    private const int Removed = 2;
    private const int HubOffset = 8;
    private const int StateOffset = 16;
    private const int NumberOffset = 24;
    private const int ObjectsOffset = 32;
    private const int BytesOffset = 40;
    private const int StartedOffset = 48;
    private const int SpotOffset = 128;
    private const int BitsOffset = 256;
    private const int TurnsOffset = 512;
    private const int MostTurns = 64;
    private const int Suspended = -1;
    private const int BitsPerWord = 64;
    private const int TableOffset = 4096;
    private const int PlaceSize = 128;
    private const int PathOffset = 8;
    private const int MostPath = PlaceSize - PathOffset - 1;
    private const int HoldersOffset = TableOffset + (Lanes * PlaceSize);
    private const int Size = HoldersOffset + HolderTable.Size;

    private readonly Segment _segment;
    private readonly byte* _start;
    private readonly int* _turns;

    private HubSegment(Segment segment)
    {
        _segment = segment;
        _start = segment.Pointer;
        Spot = new ParkingSpot((int*)(_start + SpotOffset));
        Holders = new HolderTable(_start + HoldersOffset);
        Bits = (long*)(_start + BitsOffset);
        _turns = (int*)(_start + TurnsOffset);
        Turns = Math.Min(MostTurns, Math.Max(1, Environment.ProcessorCount - 1));
    }

    ~HubSegment() => _segment.Dispose();

    /// <summary>What a client opens it by.</summary>
    public string Address => _segment.Path;

    /// <summary>Where the hub sleeps.</summary>
    public ParkingSpot Spot { get; }

    /// <summary>A bit for each lane that has something for the hub.</summary>
    public long* Bits { get; }

    /// <summary>How many words <see cref="Bits"/> has.</summary>
    public static int BitWords => Lanes / BitsPerWord;

    /// <summary>How many turns there are.</summary>
    public int Turns { get; }

    /// <summary>Who holds the state.</summary>
    public HolderTable Holders { get; }

    /// <summary>The hub's process.</summary>
    public long Hub => Volatile.Read(ref *(long*)(_start + HubOffset));

    /// <summary>What tells the state from all others.</summary>
    public long Number => *(long*)(_start + NumberOffset);

    /// <summary>True once the state was removed, or its hub ends in good order.</summary>
    public bool IsOver => Volatile.Read(ref *(int*)(_start + StateOffset)) != 0;

    /// <summary>How many objects the state has, as the hub wrote it down last.</summary>
    public int Objects
    {
        get => Volatile.Read(ref *(int*)(_start + ObjectsOffset));
        set => Volatile.Write(ref *(int*)(_start + ObjectsOffset), value);
    }

    /// <summary>About how many bytes they take, as the hub wrote it down last.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref *(long*)(_start + BytesOffset));
        set => Volatile.Write(ref *(long*)(_start + BytesOffset), value);
    }

    /// <summary>When the state was made.</summary>
    public DateTime Started => new(*(long*)(_start + StartedOffset), DateTimeKind.Utc);

    /// <summary>Makes the segment of a state whose hub is this process.</summary>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public static HubSegment Create()
    {
        long number = Math.Max(1, BitConverter.ToInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue);
        Segment segment = Segment.CreateAt(RuntimeFolder.NewPath("state", number), Size);
        byte* start = segment.Pointer;
        *(long*)(start + NumberOffset) = number;
        *(long*)(start + HubOffset) = ProcessWord.Self;
        *(long*)(start + StartedOffset) = DateTime.UtcNow.Ticks;
        Volatile.Write(ref *(ulong*)start, Magic);
        return new HubSegment(segment);
    }

    /// <summary>Opens the segment of another process's state.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is not one.</exception>
    public static HubSegment Open(string address)
    {
        Segment segment = Segment.Open(address, Size);
        if (Volatile.Read(ref *(ulong*)segment.Pointer) == Magic)
        {
            return new HubSegment(segment);
        }

        segment.Dispose();
        throw new InvalidSegmentException(address, "it is no shared state of this version");
    }

    /// <summary>True while the hub's process runs and the state was not removed.</summary>
    public bool IsUsable => !IsOver && ProcessWord.IsAlive(Hub);

    /// <summary>Client: takes a place for a lane.</summary>
    /// <param name="path">The lane's path.</param>
    /// <returns>The number of the place, or -1 when all are taken.</returns>
    public int TakePlace(string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        if (name.Length > MostPath)
        {
            throw new InvalidSegmentException(path, "its name is too long for a lane");
        }

        for (int i = 0; i < Lanes; i++)
        {
            long* owner = Owner(i);
            if (Volatile.Read(ref *owner) == 0 && Interlocked.CompareExchange(ref *owner, ProcessWord.Self, 0) == 0)
            {
                // Its first character last: a ring that an earlier owner of the place sends late makes the hub look here too soon.
                name.AsSpan(1).CopyTo(new Span<byte>(Place(i) + PathOffset + 1, MostPath - 1));
                Place(i)[PathOffset + name.Length] = 0;
                Volatile.Write(ref Place(i)[PathOffset], name[0]);
                return i;
            }
        }

        return -1;
    }

    /// <summary>Tells the hub that a lane has something for it.</summary>
    public void Ring(int place)
    {
        Interlocked.Or(ref Bits[place / BitsPerWord], 1L << (place % BitsPerWord));
        Spot.WakeIfWaiting();
    }

    /// <summary>Client: whether it may spin; takes a turn that nobody has.</summary>
    public bool TryTakeTurn(int place)
    {
        for (int i = 0; i < Turns; i++)
        {
            int owner = Volatile.Read(ref _turns[i]);
            if (owner == place + 1 || (owner == 0 && Interlocked.CompareExchange(ref _turns[i], place + 1, 0) == 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Hub: whether a place has a turn.</summary>
    public bool HasTurn(int place)
    {
        for (int i = 0; i < Turns; i++)
        {
            if (Volatile.Read(ref _turns[i]) == place + 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Hub: gives a turn to a place.</summary>
    public void GiveTurn(int turn, int place) => Volatile.Write(ref _turns[turn], place + 1);

    /// <summary>Hub: takes a turn from its owner, for nobody to take before it is given.</summary>
    public void SuspendTurn(int turn) => Volatile.Write(ref _turns[turn], Suspended);

    /// <summary>Hub: takes the turns of a place that is gone.</summary>
    public void TakeTurns(int place)
    {
        for (int i = 0; i < Turns; i++)
        {
            Interlocked.CompareExchange(ref _turns[i], 0, place + 1);
        }
    }

    /// <summary>The process that has a place, or 0.</summary>
    public long OwnerOf(int place) => Volatile.Read(ref *Owner(place));

    /// <summary>Hub: whether the lane in a place has a path already; its owner rings once it has.</summary>
    public bool HasPath(int place) => Volatile.Read(ref Place(place)[PathOffset]) != 0;

    /// <summary>Hub: the path of the lane in a place.</summary>
    public string PathOf(int place)
    {
        string name = Marshal.PtrToStringUTF8((nint)(Place(place) + PathOffset)) ?? string.Empty;
        return Path.Combine(Path.GetDirectoryName(Address)!, Path.GetFileName(name));
    }

    /// <summary>Hub: frees a place.</summary>
    public void FreePlace(int place)
    {
        Place(place)[PathOffset] = 0;
        Volatile.Write(ref *Owner(place), 0);
    }

    /// <summary>True once the state was removed.</summary>
    public bool IsRemoved => Volatile.Read(ref *(int*)(_start + StateOffset)) == Removed;

    /// <summary>Hub: says that the state is over, and wakes nobody: clients look.</summary>
    /// <param name="isRemoved">Whether somebody removed it.</param>
    public void MarkOver(bool isRemoved = false) => Interlocked.CompareExchange(ref *(int*)(_start + StateOffset), isRemoved ? Removed : Ended, 0);

    /// <summary>Keeps the memory mapped while a thread that does not hold this object uses it.</summary>
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

    /// <summary>Takes the name away.</summary>
    public void Unlink() => _segment.Unlink();

    /// <inheritdoc/>
    public void Dispose()
    {
        _segment.Dispose();
        GC.SuppressFinalize(this);
    }

    private byte* Place(int index) => _start + TableOffset + (index * PlaceSize);

    private long* Owner(int index) => (long*)Place(index);
}

using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// The memory that the processes that use a durable queue share: a page of a file beside the queue's, mapped. Consumers, producers and joiners sleep on it, so that nobody asks the disk whether something has
/// happened; writers queue for the file here, where a turn is handed on in microseconds, and not in SQLite, which sleeps and tries again. It keeps nothing that must survive: who opens it alone clears it.
/// </summary>
/// <remarks>The shared lock that every process has on it, which the system takes off when the process ends, tells who opens the queue alone.</remarks>
internal sealed unsafe class QueueBell : IDisposable
{
    /// <summary>The bytes of the file.</summary>
    public const int Size = 4096;

    private const int ClosedOffset = 8;
    private const int DamagedOffset = 12;
    private const int ChangesOffset = 16;
    private const int SettingsOffset = 24;
    private const int ReserveOffset = 32;
    private const int MutexOffset = 64;
    private const int ItemOffset = 128;
    private const int RoomOffset = 192;
    private const int DoneOffset = 256;

    private readonly Segment _segment;

    /// <summary>Opens the file, which exists.</summary>
    /// <exception cref="InvalidSegmentException">It cannot be opened; somebody may have it alone.</exception>
    public QueueBell(string path)
    {
        _segment = Segment.Open(path, Size);
    }

    /// <summary>Excludes other writers. SQLite's own lock does too; this one is quicker and in turn.</summary>
    public SharedMutex Mutex => new(_segment.Pointer + MutexOffset);

    /// <summary>Where consumers sleep.</summary>
    public ParkingSpot ItemSpot => new((int*)(_segment.Pointer + ItemOffset));

    /// <summary>Where producers sleep that wait for room.</summary>
    public ParkingSpot RoomSpot => new((int*)(_segment.Pointer + RoomOffset));

    /// <summary>Where joiners sleep.</summary>
    public ParkingSpot DoneSpot => new((int*)(_segment.Pointer + DoneOffset));

    /// <summary>True once the queue was closed; until all that use it have let go of it.</summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref *(int*)(_segment.Pointer + ClosedOffset)) != 0;
        set => Volatile.Write(ref *(int*)(_segment.Pointer + ClosedOffset), value ? 1 : 0);
    }

    /// <summary>True once the file was found to be damaged: who opens it alone looks at all of it.</summary>
    public bool IsDamaged
    {
        get => Volatile.Read(ref *(int*)(_segment.Pointer + DamagedOffset)) != 0;
        set => Volatile.Write(ref *(int*)(_segment.Pointer + DamagedOffset), value ? 1 : 0);
    }

    /// <summary>True once the reserve was used up for consumers: then nothing is put before there is one again.</summary>
    public bool IsReserveSpent
    {
        get => Volatile.Read(ref *(int*)(_segment.Pointer + ReserveOffset)) != 0;
        set => Volatile.Write(ref *(int*)(_segment.Pointer + ReserveOffset), value ? 1 : 0);
    }

    /// <summary>A number that is another one whenever there may be something new for consumers.</summary>
    public long Changes => Volatile.Read(ref *(long*)(_segment.Pointer + ChangesOffset));

    /// <summary>A number that is another one whenever the settings of the queue are.</summary>
    public long Settings => Volatile.Read(ref *(long*)(_segment.Pointer + SettingsOffset));

    /// <summary>There may be something new for consumers. After the commit.</summary>
    public void CountChange() => Interlocked.Increment(ref *(long*)(_segment.Pointer + ChangesOffset));

    /// <summary>The settings are others. After the commit.</summary>
    public void CountSettings() => Interlocked.Increment(ref *(long*)(_segment.Pointer + SettingsOffset));

    /// <summary>Wakes everybody.</summary>
    public void WakeAll()
    {
        CountChange();
        ItemSpot.Wake();
        RoomSpot.Wake();
        DoneSpot.Wake();
    }

    /// <summary>What is said in the file that nobody has open is damaged; for who has it alone.</summary>
    public static bool SaysDamaged(FileStream file)
    {
        byte[] content = new byte[DamagedOffset + sizeof(int)];
        return RandomAccess.Read(file.SafeFileHandle, content, 0) == content.Length && BitConverter.ToInt32(content, DamagedOffset) != 0;
    }

    /// <summary>Makes the file a new one, all zeros, with its room on the disk reserved: a write to a mapped file on a full disk would end the process.</summary>
    public static void Clear(FileStream file)
    {
        file.SetLength(0);
        file.Write(new byte[Size]);
        file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _segment.Dispose();
}

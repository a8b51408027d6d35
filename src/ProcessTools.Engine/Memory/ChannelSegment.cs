using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// The segment of a channel: a header that says what it is, the tables of those who hold it, and its queues. It exists as long as somebody holds it or a handle to it is on its
/// way; who lets go last deletes it, and if nobody could, the sweeper does.
/// </summary>
internal sealed unsafe class ChannelSegment : IDisposable
{
    private const ulong Magic = 0x314E414843545000; // "\0PTCHAN1"
    private const int HeaderSize = 4096;
    private const int MagicOffset = 0;
    private const int KindOffset = 8;
    private const int SidesOffset = 12;
    private const int QueuesOffset = 16;
    private const int NumberOffset = 24;
    private const int FirstQueueOffset = 64;

    private static readonly TimeSpan s_openPatience = TimeSpan.FromSeconds(1);

    private static readonly ManualResetEventSlim s_never = new();

    // The channels whose travellers this thread is looking at: two that travel in each other, and in nothing else, are gone.
    [ThreadStatic]
    private static HashSet<string>? s_examined;

    private readonly Segment _segment;
    private UseCount _uses = new();

    private ChannelSegment(Segment segment)
    {
        _segment = segment;
        byte* header = segment.Pointer;
        Number = *(long*)(header + NumberOffset);
        Sides = new HolderTable[*(int*)(header + SidesOffset)];
        for (int i = 0; i < Sides.Length; i++)
        {
            Sides[i] = new HolderTable(header + HeaderSize + (i * HolderTable.Size));
        }

        Queues = new SharedQueue[*(int*)(header + QueuesOffset)];
        for (int i = 0; i < Queues.Length; i++)
        {
            Queues[i] = new SharedQueue(segment, ((long*)(header + FirstQueueOffset))[i]);
        }
    }

    /// <summary>Its path, by which another process opens it.</summary>
    public string Path => _segment.Path;

    /// <summary>What tells it from all others.</summary>
    public long Number { get; }

    /// <summary>Who holds each side: one for a queue, two for a pipe.</summary>
    public HolderTable[] Sides { get; }

    /// <summary>Its queues: one for each direction.</summary>
    public SharedQueue[] Queues { get; }

    /// <summary>Held while it is decided whether the segment is deleted; null for nothing. Of channels that others may find by name at that moment.</summary>
    public Func<IDisposable>? DeletionLock { get; set; }

    /// <summary>Called with the path, under that lock, when the segment was deleted; null for nothing.</summary>
    public Action<string>? Deleted { get; set; }

    /// <summary>Makes a channel's segment.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="sides">How many sides it has.</param>
    /// <param name="queues">Its queues.</param>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    /// <exception cref="RuntimeFolderException">There is no folder that is safe to use.</exception>
    public static ChannelSegment Create(ChannelKind kind, int sides, params SharedQueueOptions[] queues)
    {
        long size = HeaderSize + (sides * HolderTable.Size);
        long[] offsets = new long[queues.Length];
        for (int i = 0; i < queues.Length; i++)
        {
            offsets[i] = size;
            size += SharedQueue.SizeOf(queues[i]);
        }

        // The last part of the name is the number, so that it can be found by that.
        long number = Math.Max(1, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue);
        Segment segment = Segment.CreateAt(RuntimeFolder.NewPath(NameOf(kind), number), size);
        byte* header = segment.Pointer;
        *(int*)(header + KindOffset) = (int)kind;
        *(int*)(header + SidesOffset) = sides;
        *(int*)(header + QueuesOffset) = queues.Length;
        *(long*)(header + NumberOffset) = number;
        for (int i = 0; i < queues.Length; i++)
        {
            ((long*)(header + FirstQueueOffset))[i] = offsets[i];
            SharedQueue.Format(header + offsets[i], queues[i]);
        }

        // Last: whoever finds it finds the rest.
        Volatile.Write(ref *(ulong*)(header + MagicOffset), Magic);
        return new ChannelSegment(segment);
    }

    /// <summary>Opens a channel's segment that another process made.</summary>
    /// <exception cref="InvalidSegmentException">There is none, or it is none of this kind.</exception>
    public static ChannelSegment Open(string path, ChannelKind kind)
    {
        Segment segment = OpenSegment(path);
        if (!IsValid(segment.Pointer, segment.Size) || *(int*)(segment.Pointer + KindOffset) != (int)kind)
        {
            segment.Dispose();
            throw new InvalidSegmentException(path, "it is no channel of this kind and version");
        }

        return new ChannelSegment(segment);
    }

    /// <summary>True when a channel of a number is there, held by somebody or on its way to somebody.</summary>
    public static bool Exists(long number)
    {
        try
        {
            return Find(number) is { } path && s_examined?.Contains(path) != true && !IsLitter(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was deleted while we looked.
            return false;
        }
    }

    /// <summary>True when somebody alive holds a side of a channel, or a handle to it is on its way; also where that cannot be learned at the moment.</summary>
    public static bool IsHeld(long number, int side)
    {
        try
        {
            if (Find(number) is not { } path)
            {
                return false;
            }

            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] content = new byte[HolderTable.Size];
            int length = RandomAccess.Read(file, content, HeaderSize + (side * HolderTable.Size));
            fixed (byte* table = content)
            {
                return length < content.Length || new HolderTable(table).HasHolders();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Deletes a channel's segment, and its rings, unless somebody holds it or a handle to it is on its way.</summary>
    /// <returns>True when it is gone.</returns>
    public static bool DeleteIfUnheld(string path)
    {
        if (!Segment.DeleteIfUnheld(path, file => !HasTravellers(path, file)))
        {
            return false;
        }

        RingFiles.DeleteAll(path);
        return true;
    }

    /// <summary>Begins a use of the memory, which stays mapped until <see cref="Leave"/>.</summary>
    /// <returns>False when this process has let go of it.</returns>
    public bool TryEnter() => _uses.TryEnter();

    /// <summary>Ends a use.</summary>
    public void Leave()
    {
        if (_uses.Leave())
        {
            Free();
        }
    }

    /// <summary>True once this process has let go of it.</summary>
    public bool IsClosing => _uses.IsClosing;

    /// <summary>Lets go of it; threads that are inside are woken, and the last of them unmaps it.</summary>
    public void Dispose()
    {
        if (!_uses.TryClose())
        {
            return;
        }

        foreach (SharedQueue queue in Queues)
        {
            queue.WakeAll();
        }

        Leave();
    }

    private static string? Find(long number) =>
        Directory.EnumerateFiles(RuntimeFolder.Path, $"*-{FormatNumber(number)}{RuntimeFolder.Extension}").FirstOrDefault();

    private static string NameOf(ChannelKind kind) => kind == ChannelKind.Queue ? "queue" : "pipe";

    private static string FormatNumber(long number) => number.ToString("X16", CultureInfo.InvariantCulture);

    private static bool IsValid(byte* header, long size)
    {
        int sides = *(int*)(header + SidesOffset);
        int queues = *(int*)(header + QueuesOffset);
        bool isValid = Volatile.Read(ref *(ulong*)(header + MagicOffset)) == Magic
            && sides is 1 or 2
            && queues is 1 or 2
            && size >= HeaderSize + (sides * HolderTable.Size);
        for (int i = 0; isValid && i < queues; i++)
        {
            long offset = ((long*)(header + FirstQueueOffset))[i];
            isValid = offset >= HeaderSize && offset % QueuePosition.Alignment == 0 && offset < size - SharedQueue.LeastSize;
        }

        return isValid;
    }

    private static Segment OpenSegment(string path)
    {
        Deadline patience = Deadline.After(s_openPatience);
        while (true)
        {
            try
            {
                return Segment.Open(path, HeaderSize);
            }
            catch (InvalidSegmentException) when (File.Exists(path) && patience.Left > TimeSpan.Zero)
            {
                // Somebody looks whether it is litter, and holds it for that moment.
                s_never.Wait(1);
            }
        }
    }

    private static bool IsLitter(string path)
    {
        bool isLitter = false;
        Segment.DeleteIfUnheld(path, file =>
        {
            isLitter = !HasTravellers(path, file);
            return false;
        });
        return isLitter;
    }

    private static bool HasTravellers(string path, SafeFileHandle file)
    {
        s_examined ??= [];
        if (!s_examined.Add(path))
        {
            return false;
        }

        try
        {
            byte[] content = new byte[HeaderSize + (2 * HolderTable.Size)];
            int length = RandomAccess.Read(file, content, 0);
            fixed (byte* header = content)
            {
                if (length < HeaderSize || !IsValid(header, RandomAccess.GetLength(file)))
                {
                    return false;
                }

                for (int i = 0; i < *(int*)(header + SidesOffset); i++)
                {
                    if (new HolderTable(header + HeaderSize + (i * HolderTable.Size)).HasTravellers())
                    {
                        return true;
                    }
                }
            }

            return false;
        }
        finally
        {
            s_examined.Remove(path);
        }
    }

    private void Free()
    {
        foreach (SharedQueue queue in Queues)
        {
            queue.Dispose();
        }

        try
        {
            using (DeletionLock?.Invoke())
            {
                // The table, not the file's lock, tells whether somebody holds it still: a process that is being killed keeps its files open for some time.
                bool isHeld = Sides.Any(static side => side.HasHolders());
                _segment.Dispose();
                if (!isHeld)
                {
                    _segment.Unlink();
                    RingFiles.DeleteAll(Path);
                    Deleted?.Invoke(Path);
                }
            }
        }
        catch (TimeoutException)
        {
            // Somebody stopped keeps the names; the sweeper deletes it.
            _segment.Dispose();
        }
    }
}

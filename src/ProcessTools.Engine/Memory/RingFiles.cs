using System.Security.Cryptography;
using System.Text;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// The segments of a queue's further rings: in memory while there is plenty of it, else in files of the temp folder, which the system writes out when it needs the
/// memory. Their names begin with the name of the queue's own segment, and they are litter as soon as that is gone.
/// </summary>
internal static class RingFiles
{
    /// <summary>The environment variable that limits the memory of all rings of a queue that are not on disk, in bytes; for tests and small machines.</summary>
    public const string LimitVariableName = "PROCESSTOOLS_QUEUE_MEMORY";

    private const string Extension = ".ring";

    // Kept free in the memory file system and of the machine's memory: what everybody else may need before the next look.
    private const long LeastFree = 64L << 20;
    private const int FreeShare = 8;

    private static readonly long s_limit =
        long.TryParse(Environment.GetEnvironmentVariable(LimitVariableName), out long limit) && limit >= 0 ? limit : long.MaxValue;

    /// <summary>The folder for rings on disk: of the same user's, and for this runtime folder alone.</summary>
    public static string SpillFolder { get; } = Path.Combine(
        Path.GetTempPath(),
        $"processtools-spill-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(RuntimeFolder.Path + '\0' + Environment.UserName)).AsSpan(0, 8))}");

    /// <summary>True for the path of a ring that is a file of the temp folder.</summary>
    public static bool IsOnDisk(string? path) => path is not null && path.StartsWith(SpillFolder, StringComparison.Ordinal);

    /// <summary>Makes the segment of a further ring.</summary>
    /// <param name="queuePath">The path of the queue's own segment.</param>
    /// <param name="size">Its size.</param>
    /// <param name="queueSize">The bytes of all rings that the queue has.</param>
    /// <param name="announce">Called with the path before the file is made, so that it can be found and deleted if this process dies in the next instant.</param>
    /// <exception cref="SharedMemoryFullException">There is neither memory nor disk space.</exception>
    public static Segment Create(string queuePath, long size, long queueSize, Action<string> announce)
    {
        string name = $"{Path.GetFileNameWithoutExtension(queuePath)}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}{Extension}";
        string inMemory = Path.Combine(Path.GetDirectoryName(queuePath)!, name);
        bool isMemoryFirst = HasPlenty(size, queueSize);
        if (isMemoryFirst)
        {
            try
            {
                return Make(inMemory, size, announce);
            }
            catch (SharedMemoryFullException)
            {
                // Somebody else took the room since we looked.
            }
        }

        try
        {
            return Make(Path.Combine(RuntimeFolder.Prepare(SpillFolder), name), size, announce);
        }
        catch (SharedMemoryFullException) when (!isMemoryFirst)
        {
            // The last of the memory is better than an error.
            return Make(inMemory, size, announce);
        }
    }

    /// <summary>Deletes all rings of a queue.</summary>
    public static void DeleteAll(string queuePath)
    {
        string pattern = Path.GetFileNameWithoutExtension(queuePath) + ".*" + Extension;
        Delete(Path.GetDirectoryName(queuePath)!, pattern, static _ => true);
        Delete(SpillFolder, pattern, static _ => true);
    }

    /// <summary>Deletes the rings whose queue is gone.</summary>
    public static void Sweep()
    {
        Delete(RuntimeFolder.Path, "*" + Extension, IsOrphan);
        Delete(SpillFolder, "*" + Extension, IsOrphan);
    }

    private static Segment Make(string path, long size, Action<string> announce)
    {
        announce(path);
        return Segment.CreateAt(path, size);
    }

    private static bool IsOrphan(string path)
    {
        string name = Path.GetFileName(path);
        return !File.Exists(Path.Combine(RuntimeFolder.Path, name[..name.IndexOf('.', StringComparison.Ordinal)] + RuntimeFolder.Extension));
    }

    private static void Delete(string folder, string pattern, Func<string, bool> isLitter)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                return;
            }

            foreach (string path in Directory.EnumerateFiles(folder, pattern))
            {
                if (isLitter(path))
                {
                    File.Delete(path);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process deletes the same, or the file is in use (Windows); the next sweep gets it.
        }
    }

    private static bool HasPlenty(long size, long queueSize)
    {
        if (queueSize + size > s_limit)
        {
            return false;
        }

        try
        {
            DriveInfo drive = new(RuntimeFolder.Path);
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            long available = MachineMemory.Available ?? memory.TotalAvailableMemoryBytes;
            return drive.AvailableFreeSpace - size > Math.Min(drive.TotalSize / FreeShare, LeastFree)
                && available - size > Math.Max(memory.TotalAvailableMemoryBytes / FreeShare, LeastFree);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Where it cannot be learned, making the segment tells.
            return true;
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// The folder that holds this user's segments: theirs alone (mode 0700, owner checked, no symbolic link), in memory where the system
/// has a file system there. A file's name says who made it; every process that holds a segment keeps its file open with a shared lock,
/// which the kernel takes off when the process ends, however it ends. So a file whose maker is dead and which nobody has locked
/// is litter, and is swept.
/// </summary>
internal static class RuntimeFolder
{
    /// <summary>The environment variable that names another folder; it must pass the same checks.</summary>
    public const string VariableName = "PROCESSTOOLS_RUNTIME_FOLDER";

    /// <summary>How the names of segments end.</summary>
    public const string Extension = ".segment";

    private const string SocketExtension = ".socket";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan s_leastAge = TimeSpan.FromMinutes(1);

    private static readonly Lazy<string> s_path = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The folder, made and checked.</summary>
    /// <exception cref="RuntimeFolderException">There is no folder that is safe to use.</exception>
    public static string Path => s_path.Value;

    /// <summary>A path for a new segment, told apart from all others, that names this process as its maker.</summary>
    /// <param name="kind">What it is for, a lower-case word.</param>
    public static string NewPath(string kind) => NewPath(kind, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))));

    /// <summary>A path for a new segment that names this process as its maker.</summary>
    /// <param name="kind">What it is for, a lower-case word.</param>
    /// <param name="number">What tells it from all others.</param>
    public static string NewPath(string kind, long number) => NewPath(kind, number, Extension);

    /// <summary>A path for a unix socket of this process, which is deleted after its end.</summary>
    /// <param name="kind">What it is for, a lower-case word.</param>
    public static string NewSocketPath(string kind) => NewPath(kind, Random.Shared.NextInt64(), SocketExtension);

    /// <summary>Deletes what dead processes left. Never throws: what cannot be deleted now is left for the next time.</summary>
    public static void Sweep()
    {
        try
        {
            foreach (string path in Directory.EnumerateFiles(Path, "*" + Extension))
            {
                SweepOne(path);
            }

            foreach (string path in Directory.EnumerateFiles(Path, "*" + SocketExtension))
            {
                if (TryGetMaker(path) is { IsAlive: false })
                {
                    File.Delete(path);
                }
            }

            RingFiles.Sweep();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or RuntimeFolderException)
        {
            // Another process may be sweeping at the same time.
        }
    }

    /// <summary>Makes the folder where it does not exist, and checks that it is this user's alone.</summary>
    /// <exception cref="RuntimeFolderException">It is not.</exception>
    internal static string Prepare(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                // The mode is given with the call, so that there is no moment in which others could enter.
                Directory.CreateDirectory(path, OwnerOnly);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RuntimeFolderException(path, $"cannot be made: {exception.Message}", exception);
        }

        return PlatformServices.Current.FindFolderFault(path) is { } fault ? throw new RuntimeFolderException(path, fault) : path;
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(VariableName) is { Length: > 0 } given)
        {
            return Prepare(System.IO.Path.GetFullPath(given));
        }

        RuntimeFolderException? first = null;
        foreach (string candidate in PlatformServices.Current.RuntimeFolderCandidates())
        {
            if (!Directory.Exists(System.IO.Path.GetDirectoryName(candidate)))
            {
                continue;
            }

            try
            {
                return Prepare(candidate);
            }
            catch (RuntimeFolderException exception)
            {
                first ??= exception;
            }
        }

        throw first ?? new RuntimeFolderException(System.IO.Path.GetTempPath(), "does not exist");
    }

    private static string NewPath(string kind, long number, string extension)
    {
        ProcessIdentity self = ProcessIdentity.Current;
        return System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{kind}-{self.Id}-{self.StartTime}-{number:X16}{extension}"));
    }

    // The process that a file's name tells as its maker, or null when it tells none.
    private static ProcessIdentity? TryGetMaker(string path)
    {
        string[] parts = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        return parts.Length == 4
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long startTime)
            ? new ProcessIdentity(id, startTime)
            : null;
    }

    private static void SweepOne(string path)
    {
        if (TryGetMaker(path) is not { } maker || (maker.IsAlive && DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < s_leastAge))
        {
            // Not ours to judge, or its maker may be between making the file and locking it.
            return;
        }

        // What is no channel has no handles on their way to it, and is deleted like one.
        ChannelSegment.DeleteIfUnheld(path);
    }
}

using System.Diagnostics;
using System.IO.Enumeration;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Folder;

/// <summary>Finds the files of a watched folder that can be taken, the one that was written first first.</summary>
internal sealed class FolderLook(FolderOptions options)
{
    private static readonly string[] s_unfinished = [".tmp", ".temp", ".part", ".partial", ".crdownload", "~"];

    private static readonly EnumerationOptions s_here = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    // A look takes microseconds; one whose process is frozen in it is not waited for.
    private static readonly TimeSpan s_othersLook = TimeSpan.FromSeconds(1);

    /// <summary>What changed lately: its size and time of writing, and when both were seen first.</summary>
    private Dictionary<string, (long Length, DateTime Written, long Since)> _unsettled = [];

    /// <summary>After which time a file that was found is likely to be finished; null when there is none.</summary>
    public TimeSpan? Next { get; private set; }

    /// <summary>Looks.</summary>
    public List<FolderCandidate> Find()
    {
        Next = null;
        Dictionary<string, (long Length, DateTime Written, long Since)> unsettled = [];
        List<FolderCandidate> found = [];
        AddReturned(found);
        foreach (FolderCandidate candidate in InInbox())
        {
            if (IsSettled(candidate, unsettled) && PlatformServices.Current.IsPlainFile(candidate.Path))
            {
                found.Add(candidate);
            }
        }

        _unsettled = unsettled;
        found.Sort(static (one, other) => one.Written != other.Written ? one.Written.CompareTo(other.Written) : string.CompareOrdinal(one.Name, other.Name));
        return found;
    }

    /// <summary>True when a file was written, or is another one, since it was found: the next look finds out whether it is finished.</summary>
    public bool HasChanged(FolderCandidate candidate)
    {
        if (candidate.IsReturned)
        {
            return false;
        }

        FileInfo now = new(candidate.Path);
        bool hasChanged = now.Exists && (now.Length != candidate.Length || now.LastWriteTimeUtc != candidate.Written);
        if (hasChanged)
        {
            Later(options.Settle);
        }

        return hasChanged;
    }

    /// <summary>True while a program holds the file that says so, as those on .NET do: it may have written a part.</summary>
    public bool IsInUse(FolderCandidate candidate)
    {
        if (candidate.IsReturned)
        {
            return false;
        }

        try
        {
            using FileStream alone = new(candidate.Path, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 1);
            return false;
        }
        catch (Exception exception) when (FolderFaults.IsGone(exception) || exception is UnauthorizedAccessException)
        {
            // It can be renamed without being read, or another process has it.
            return false;
        }
        catch (IOException)
        {
            Later(options.Settle);
            return true;
        }
    }

    /// <summary>
    /// Waits until no other process looks by <see cref="IsInUse"/> at a file that was just claimed: one that opened it under its old name
    /// has it alone for a moment, in which a script could not read it.
    /// </summary>
    /// <param name="path">Where the file is now, where nobody else looks.</param>
    public static void AwaitOthers(string path) => SpinWait.SpinUntil(() => CanRead(path), s_othersLook);

    private static bool CanRead(string path)
    {
        try
        {
            using FileStream shared = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            return true;
        }
        catch (Exception exception) when (FolderFaults.IsGone(exception) || exception is UnauthorizedAccessException)
        {
            // The script finds out.
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private FileSystemEnumerable<FolderCandidate> InInbox() => new(
        options.Inbox,
        static (ref FileSystemEntry entry) => new FolderCandidate(entry.ToFullPath(), entry.FileName.ToString(), false, 0, entry.Length, entry.LastWriteTimeUtc.UtcDateTime),
        s_here)
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsWanted(entry.FileName),
    };

    private void AddReturned(List<FolderCandidate> found)
    {
        foreach (string slot in Directory.EnumerateDirectories(FolderLayout.ReturnedFolder(options.Inbox)))
        {
            try
            {
                FileInfo? file = FolderLayout.AttemptsOf(slot) is null ? null : new DirectoryInfo(slot).EnumerateFiles().FirstOrDefault();
                if (file is not null && IsWanted(file.Name))
                {
                    found.Add(new FolderCandidate(slot, file.Name, true, FolderLayout.AttemptsOf(slot)!.Value, file.Length, file.LastWriteTimeUtc));
                }
            }
            catch (Exception exception) when (FolderFaults.IsGone(exception))
            {
                // Another process has taken it.
            }
        }
    }

    private bool IsWanted(ReadOnlySpan<char> name)
    {
        if (name[0] == '.')
        {
            return false;
        }

        foreach (string end in s_unfinished)
        {
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        bool isWanted = options.Filters.Count == 0;
        foreach (string filter in options.Filters)
        {
            isWanted |= FileSystemName.MatchesSimpleExpression(filter, name, ignoreCase: !OperatingSystem.IsLinux());
        }

        return isWanted;
    }

    /// <summary>True for what was written long enough ago, by the file's time or, where clocks differ, because two looks saw the same.</summary>
    private bool IsSettled(FolderCandidate candidate, Dictionary<string, (long Length, DateTime Written, long Since)> unsettled)
    {
        TimeSpan age = DateTime.UtcNow - candidate.Written;
        if (options.Settle == TimeSpan.Zero || age >= options.Settle)
        {
            return true;
        }

        long since = _unsettled.TryGetValue(candidate.Name, out (long Length, DateTime Written, long Since) known) && known.Length == candidate.Length && known.Written == candidate.Written
            ? known.Since
            : Stopwatch.GetTimestamp();
        TimeSpan quiet = Stopwatch.GetElapsedTime(since);
        if (quiet >= options.Settle)
        {
            return true;
        }

        unsettled.Add(candidate.Name, (candidate.Length, candidate.Written, since));
        Later(options.Settle - (age > quiet ? age : quiet));
        return false;
    }

    private void Later(TimeSpan time)
    {
        if (Next is null || time < Next)
        {
            Next = time;
        }
    }
}

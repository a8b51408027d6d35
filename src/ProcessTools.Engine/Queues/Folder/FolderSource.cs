using System.Diagnostics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Folder;

/// <summary>Takes files out of a watched folder, one at a time. For one thread.</summary>
internal sealed class FolderSource : IDisposable
{
    // Changes are told by the system at once; what it does not tell (on network drives, when many come at once, or from a process that died) is found by looking.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    // Where the system tells nothing.
    private static readonly TimeSpan s_shortInterval = TimeSpan.FromMilliseconds(200);

    // A file that is said to be finished in no time is looked at after this.
    private static readonly TimeSpan s_leastWait = TimeSpan.FromMilliseconds(10);

    private readonly FolderOptions _options;
    private readonly FolderLook _look;
    private readonly FolderClaims _claims;
    private readonly FileSystemWatcher? _watcher;
    private readonly ManualResetEventSlim _changed = new();
    private readonly Queue<FolderCandidate> _found = new();
    private long _swept;

    /// <summary>Begins to watch.</summary>
    /// <exception cref="FolderAccessException">The folder, or those that its files go to, cannot be used.</exception>
    public FolderSource(FolderOptions options)
    {
        _options = options;
        _look = new FolderLook(options);
        if (!Directory.Exists(options.Inbox))
        {
            throw new FolderAccessException(options.Inbox, File.Exists(options.Inbox) ? "it is a file." : "it does not exist. Make it, or give another path.");
        }

        foreach (string folder in new[] { options.DoneFolder, options.FailedFolder })
        {
            if (Path.TrimEndingDirectorySeparator(folder) == Path.TrimEndingDirectorySeparator(options.Inbox))
            {
                throw new FolderAccessException(folder, "it is the watched folder itself, so that a file would come again and again. Give another one.");
            }

            Guard(folder, () => Directory.CreateDirectory(folder));
        }

        _claims = Guard(options.Inbox, () => FolderClaims.Enter(options.Inbox));
        _watcher = TryWatch();
    }

    /// <summary>Takes the next file.</summary>
    /// <param name="timeout">How long to wait for one.</param>
    /// <param name="warn">Is told of files that are given up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The file, or null when none came in time.</returns>
    /// <exception cref="FolderAccessException">The folder cannot be read or written any more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public FolderMessage? TryReceive(TimeSpan timeout, Action<string> warn, CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(timeout);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Guard(_options.Inbox, () => TakeNext(warn)) is { } message)
            {
                return message;
            }

            TimeSpan left = deadline.Left;
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            TimeSpan wait = _watcher is null ? s_shortInterval : s_interval;
            wait = _look.Next < wait ? _look.Next.Value : wait;
            wait = wait < s_leastWait ? s_leastWait : wait;
            _changed.Wait(wait < left ? wait : left, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher?.Dispose();
        _claims.Leave();

        // Not the event: the watcher's thread may be setting it.
    }

    private static T Guard<T>(string folder, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (FolderFaults.IsOfFiles(exception))
        {
            throw new FolderAccessException(folder, exception.Message, exception);
        }
    }

    private ClaimedFile? TakeNext(Action<string> warn)
    {
        if (TakeFound(warn) is { } known)
        {
            return known;
        }

        _changed.Reset();
        if (_swept == 0 || Stopwatch.GetElapsedTime(_swept) >= s_interval)
        {
            FolderSweeper.Sweep(_options.Inbox, _claims.Folder);
            _swept = Stopwatch.GetTimestamp();
        }

        foreach (FolderCandidate candidate in _look.Find())
        {
            _found.Enqueue(candidate);
        }

        return TakeFound(warn);
    }

    /// <summary>Takes the first of those found that no other process has taken.</summary>
    private ClaimedFile? TakeFound(Action<string> warn)
    {
        while (_found.TryDequeue(out FolderCandidate candidate))
        {
            if (_look.HasChanged(candidate) || _look.IsInUse(candidate) || TryClaim(candidate) is not { } file)
            {
                continue;
            }

            if (!candidate.IsReturned && (file.Length != candidate.Length || file.LastWriteTime.ToUniversalTime() != candidate.Written))
            {
                // Somebody has written to it in the last instant.
                file.Return();
                continue;
            }

            if (file.Attempts <= _options.MaxAttempts)
            {
                return file;
            }

            string reason = $"{candidate.Attempts} processes that had it in hand died, so it may be the cause. To try it again, correct it and move it back.";
            file.Fail(reason);
            warn($"The file '{file.Name}' is now '{file.FullName}': {reason}");
        }

        return null;
    }

    private ClaimedFile? TryClaim(FolderCandidate candidate)
    {
        int attempts = candidate.Attempts + 1;
        string slot;
        string? taken = null;
        try
        {
            if (!candidate.IsReturned)
            {
                taken = slot = _claims.TakeSlot();
                File.Move(candidate.Path, Path.Combine(slot, candidate.Name), overwrite: true);
            }
            else
            {
                slot = _claims.NewSlot(attempts);
                Directory.Move(candidate.Path, slot);
            }
        }
        catch (Exception exception) when (FolderFaults.IsGone(exception) && Directory.Exists(_claims.Folder))
        {
            // Another process was faster.
            if (taken is not null)
            {
                _claims.GiveSlot(taken);
            }

            return null;
        }

        FileInfo file = new(Path.Combine(slot, candidate.Name));
        FolderLook.AwaitOthers(file.FullName);
        return new ClaimedFile(_options, _claims, file, attempts);
    }

    private FileSystemWatcher? TryWatch()
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(_options.Inbox) { NotifyFilter = NotifyFilters.FileName };
            watcher.Created += (_, _) => _changed.Set();
            watcher.Renamed += (_, _) => _changed.Set();
            watcher.Error += (_, _) => _changed.Set();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (FolderFaults.IsOfFiles(exception) || exception is PlatformNotSupportedException)
        {
            // The system's limit of watchers has been reached, or it has none.
            watcher?.Dispose();
            return null;
        }
    }
}

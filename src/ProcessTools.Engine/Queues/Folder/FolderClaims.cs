namespace ProcessTools.Engine.Queues.Folder;

/// <summary>
/// The place in a watched folder where this process has the files that are in its hand. One for all commands of the process that watch the folder; it goes when none does any more and no
/// file is left. Thread-safe.
/// </summary>
internal sealed class FolderClaims
{
    // Another process may take a new folder for one of a dead process, in the instant before it is locked.
    private const int MostTries = 100;

    private static readonly object s_gate = new();
    private static readonly Dictionary<string, FolderClaims> s_open = new(StringComparer.Ordinal);

    // Empty slots are kept for the next files: to make and delete one takes longer than all else that is done for a file.
    private const int MostSpare = 16;

    private readonly FileStream _lock;
    private readonly Stack<string> _spare = new();
    private int _users = 1;
    private long _slots;

    static FolderClaims() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        lock (s_gate)
        {
            foreach (FolderClaims claims in s_open.Values)
            {
                claims.Remove();
            }
        }
    };

    private FolderClaims(string inbox, string folder, FileStream locked)
    {
        Inbox = inbox;
        Folder = folder;
        _lock = locked;
    }

    /// <summary>The watched folder.</summary>
    public string Inbox { get; }

    /// <summary>Where this process has what it has taken out of it.</summary>
    public string Folder { get; }

    /// <summary>This process's place in a folder. Each call is followed by one of <see cref="Leave"/>.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static FolderClaims Enter(string inbox)
    {
        lock (s_gate)
        {
            if (s_open.TryGetValue(inbox, out FolderClaims? known))
            {
                if (known.IsThere)
                {
                    known._users++;
                    return known;
                }

                // Somebody has deleted it, so there is nothing in it to be kept.
                s_open.Remove(inbox);
            }

            FolderClaims claims = Make(inbox);
            s_open.Add(inbox, claims);
            return claims;
        }
    }

    /// <summary>Keeps it for one more user.</summary>
    public void Enter()
    {
        lock (s_gate)
        {
            _users++;
        }
    }

    /// <summary>Ends what one call of <see cref="Enter(string)"/> or <see cref="Enter()"/> began.</summary>
    public void Leave()
    {
        lock (s_gate)
        {
            if (--_users == 0)
            {
                if (s_open.TryGetValue(Inbox, out FolderClaims? known) && known == this)
                {
                    s_open.Remove(Inbox);
                }

                Remove();
            }
        }
    }

    /// <summary>An empty slot for a file that nobody has had in hand before.</summary>
    public string TakeSlot()
    {
        lock (s_gate)
        {
            if (_spare.TryPop(out string? spare))
            {
                return spare;
            }
        }

        return Directory.CreateDirectory(NewSlot(1)).FullName;
    }

    /// <summary>A slot is empty, or was moved away.</summary>
    public void GiveSlot(string slot)
    {
        lock (s_gate)
        {
            if (_users > 0 && _spare.Count < MostSpare && FolderLayout.AttemptsOf(slot) == 1 && Directory.Exists(slot))
            {
                _spare.Push(slot);
                return;
            }
        }

        FolderFaults.DeleteIfEmpty(slot);
    }

    /// <summary>A slot for a file, which is not made.</summary>
    /// <exception cref="DirectoryNotFoundException">Somebody has deleted the folder. Without its lock, others would take the files out again.</exception>
    public string NewSlot(int attempts) => IsThere
        ? FolderLayout.ClaimSlot(Folder, attempts, Interlocked.Increment(ref _slots))
        : throw new DirectoryNotFoundException($"The folder '{Folder}' was deleted while it was in use.");

    private bool IsThere => File.Exists(Path.Combine(Folder, FolderLayout.LockName));

    private static FolderClaims Make(string inbox)
    {
        Directory.CreateDirectory(FolderLayout.ReturnedFolder(inbox));
        for (int tries = 1; ; tries++)
        {
            string folder = FolderLayout.NewClaimFolder(inbox);
            string path = Path.Combine(folder, FolderLayout.LockName);
            FileStream? locked = null;
            try
            {
                Directory.CreateDirectory(folder);
                locked = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);

                // Who took it for a dead process's has deleted the file before letting go of the lock.
                if (File.Exists(path))
                {
                    return new FolderClaims(inbox, folder, locked);
                }
            }
            catch (IOException) when (tries < MostTries && (!Directory.Exists(folder) || File.Exists(path)))
            {
                // Taken for a dead process's between one step and the next.
            }

            locked?.Dispose();
            if (tries >= MostTries)
            {
                throw new IOException($"The folder '{FolderLayout.WorkFolder(inbox)}' does not keep what is made in it.");
            }
        }
    }

    /// <summary>Takes the folder away, unless a file is in hand: that is for another process, when this one has ended.</summary>
    private void Remove()
    {
        try
        {
            foreach (string slot in Directory.EnumerateDirectories(Folder))
            {
                Directory.Delete(slot);
            }

            FolderSweeper.Delete(Folder, _lock);
        }
        catch (Exception exception) when (FolderFaults.IsOfFiles(exception))
        {
            // What is left is swept by whoever looks when this process has ended.
        }
    }
}

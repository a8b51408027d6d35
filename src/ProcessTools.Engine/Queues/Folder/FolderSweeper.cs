namespace ProcessTools.Engine.Queues.Folder;

/// <summary>Gives back what processes had in hand that have died.</summary>
internal static class FolderSweeper
{
    /// <summary>Looks for dead processes' folders. What cannot be read or moved now is left for the next time.</summary>
    public static void Sweep(string inbox, string own)
    {
        foreach (string folder in Directory.EnumerateDirectories(FolderLayout.WorkFolder(inbox)))
        {
            if (folder == own || folder == FolderLayout.ReturnedFolder(inbox) || FolderLayout.IsOfLivingProcess(folder))
            {
                continue;
            }

            try
            {
                SweepOne(inbox, folder);
            }
            catch (Exception exception) when (FolderFaults.IsOfFiles(exception))
            {
                // It is alive, or another process sweeps it at the same time.
            }
        }
    }

    /// <summary>Deletes a process's folder, in which nothing is but its lock, and lets go of that.</summary>
    public static void Delete(string folder, FileStream locked)
    {
        string path = Path.Combine(folder, FolderLayout.LockName);
        if (OperatingSystem.IsWindows())
        {
            // There an open file cannot be deleted.
            locked.Dispose();
            File.Delete(path);
        }
        else
        {
            // While it is locked: who gets the lock afterwards sees that the file is gone.
            File.Delete(path);
            locked.Dispose();
        }

        FolderFaults.DeleteIfEmpty(folder);
    }

    private static void SweepOne(string inbox, string folder)
    {
        // The kernel takes the lock off when a process ends, however it ends, and on whatever machine or in whatever container.
        using FileStream locked = new(Path.Combine(folder, FolderLayout.LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        foreach (string slot in Directory.EnumerateDirectories(folder))
        {
            if (FolderLayout.AttemptsOf(slot) is not { } attempts)
            {
                continue;
            }

            if (!Directory.EnumerateFileSystemEntries(slot).Any())
            {
                Directory.Delete(slot);
                continue;
            }

            Directory.Move(slot, FolderLayout.NewReturnedSlot(inbox, attempts));
        }

        Delete(folder, locked);
    }
}

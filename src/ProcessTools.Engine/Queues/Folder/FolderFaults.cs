namespace ProcessTools.Engine.Queues.Folder;

/// <summary>Which errors of the file system are ours to report, and how.</summary>
internal static class FolderFaults
{
    /// <summary>True for what a file system answers.</summary>
    public static bool IsOfFiles(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>True where another process has taken the file, or the slot, before.</summary>
    public static bool IsGone(Exception exception) => exception is FileNotFoundException or DirectoryNotFoundException;

    /// <summary>Deletes a folder that may not be empty, or not be there; what is in it stays.</summary>
    public static void DeleteIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            // It is litter at worst, which whoever looks next takes away.
        }
    }
}

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// Room on the disk that is kept for consumers. To take an item and to report it writes to the log, and what is in the log must go into the file before the log can begin anew; so on a disk that is full nobody could take anything
/// out, and no room would ever come. A file of some megabytes beside the queue's, which is deleted when it is needed, is enough for that.
/// </summary>
internal static class QueueReserve
{
    /// <summary>Its bytes. The log has 4 MB when its content goes into the file, so both may have to grow by as much.</summary>
    public const long Size = 8 << 20;

    private const string FileName = "queue.reserve";

    /// <summary>Makes the reserve, or finds it made.</summary>
    /// <param name="folder">The queue's folder.</param>
    /// <returns>False where there is no room for it.</returns>
    public static bool TryMake(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            return true;
        }

        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, PreallocationSize = Size };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using FileStream file = new(path, options);
            file.SetLength(Size);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryUse(folder);
            return false;
        }
    }

    /// <summary>Makes the room of the reserve free.</summary>
    /// <returns>False where there is none.</returns>
    public static bool TryUse(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            bool isThere = File.Exists(path);
            File.Delete(path);
            return isThere;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

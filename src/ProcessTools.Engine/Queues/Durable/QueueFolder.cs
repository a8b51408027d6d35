using System.Globalization;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// The folder of a durable queue, and how it is opened. Who opens it alone makes what is missing, and looks whether the file is whole if it may not be; all others find it ready. Whether somebody has it open is told by a lock on the bell's file.
/// </summary>
internal static class QueueFolder
{
    private const string BellName = "queue.bell";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Making and looking through a large file takes long, and others wait for it.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_alonePatience = TimeSpan.FromSeconds(1);
    private static readonly ManualResetEventSlim s_never = new();

    /// <summary>Opens a folder's queue.</summary>
    /// <param name="path">The folder, absolute.</param>
    /// <param name="mustExist">True not to make one.</param>
    /// <param name="report">What had to be repaired, for a warning; or null.</param>
    /// <exception cref="ChannelGoneException">There is none.</exception>
    /// <exception cref="QueueStorageException">It cannot be opened.</exception>
    /// <exception cref="QueueStorageFullException">There is no room for it.</exception>
    public static (QueueBell Bell, QueueStorage Storage) Open(string path, bool mustExist, out string? report)
    {
        report = null;
        string bellPath = Path.Combine(path, BellName);
        try
        {
            Make(path, mustExist);
            Deadline patience = Deadline.After(s_patience);
            while (true)
            {
                report = TryPrepare(path, bellPath) ?? report;
                if (TryJoin(bellPath, patience) is { } bell)
                {
                    return (bell, OpenStorage(path, bell));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw IsFull(path) ? new QueueStorageFullException(path, exception) : new QueueStorageException(path, exception.Message, exception);
        }
    }

    private static void Make(string path, bool mustExist)
    {
        if (mustExist && !File.Exists(Path.Combine(path, QueueStorage.FileName)))
        {
            throw new ChannelGoneException(path);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else if (!Directory.Exists(path))
        {
            string parent = Path.GetDirectoryName(path)!;
            Make(parent, mustExist: false);

            // What is in a queue is nobody else's business, unless the folder's owner says so.
            Directory.CreateDirectory(path, OwnerOnly);
            PlatformServices.Current.SyncFolder(parent);
        }
    }

    /// <summary>Makes the queue ready if nobody has it open.</summary>
    private static string? TryPrepare(string path, string bellPath)
    {
        FileStream alone;
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            alone = new FileStream(bellPath, options);
        }
        catch (IOException) when (File.Exists(bellPath))
        {
            return null;
        }

        using (alone)
        {
            try
            {
                return Prepare(path, alone);
            }
            catch (Exception exception) when ((exception is QueueStorageFullException || (exception is IOException && IsFull(path))) && QueueReserve.TryUse(path))
            {
                // Consumers make room, if they are let in.
                return Prepare(path, alone);
            }
        }
    }

    private static string? Prepare(string path, FileStream alone)
    {
        bool isDamaged = QueueBell.SaysDamaged(alone);
        string? report = QueueRepair.Prepare(path, isDamaged);
        QueueBell.Clear(alone);

        // Where there is no room for it now, the queue is used without.
        QueueReserve.TryMake(path);
        return report;
    }

    /// <summary>Opens the bell as one of many, once nobody has it alone.</summary>
    /// <returns>Null when it must be made ready once more.</returns>
    private static QueueBell? TryJoin(string bellPath, Deadline patience)
    {
        Deadline alone = Deadline.After(s_alonePatience);
        while (true)
        {
            try
            {
                return new QueueBell(bellPath);
            }
            catch (InvalidSegmentException exception)
            {
                if (patience.Left <= TimeSpan.Zero)
                {
                    throw new IOException(string.Create(CultureInfo.InvariantCulture, $"another process has kept it for {s_patience.TotalSeconds} seconds. Is it stopped? {exception.Message}"), exception);
                }

                if (alone.Left <= TimeSpan.Zero)
                {
                    return null;
                }

                PipelineStop.ThrowIfStopping();
                s_never.Wait(1);
            }
        }
    }

    private static QueueStorage OpenStorage(string path, QueueBell bell)
    {
        try
        {
            return QueueStorage.Open(path, Path.Combine(path, QueueStorage.FileName));
        }
        catch (QueueDamagedException)
        {
            bell.IsDamaged = true;
            bell.Dispose();
            throw;
        }
        catch
        {
            bell.Dispose();
            throw;
        }
    }

    private static bool IsFull(string path)
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace < QueueBell.Size;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}

using System.Globalization;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// Makes the file of a durable queue ready, while nobody else has the queue open. What SQLite repairs itself (steps that were not finished, a log whose end is missing or garbage) is none of its business; where the file
/// is damaged all the same, what can be read goes into a new one, and the damaged one is put aside.
/// </summary>
internal static class QueueRepair
{
    private const string LogSuffix = "-wal";
    private const string IndexSuffix = "-shm";
    private const string NewSuffix = ".salvaged";
    private const long MostLookedThrough = 1 << 24;

    /// <summary>Makes the file ready.</summary>
    /// <param name="folder">The queue's folder.</param>
    /// <param name="isDamaged">True when it was found to be damaged before.</param>
    /// <returns>What was wrong, for a warning, or null.</returns>
    public static string? Prepare(string folder, bool isDamaged)
    {
        string file = Path.Combine(folder, QueueStorage.FileName);
        if (!File.Exists(file) && File.Exists(file + NewSuffix))
        {
            // A repair was done, but for the last step.
            TakeOver(file);
        }

        // A log that is left says that the last process did not end in good order. A small file is looked through in any case, which takes milliseconds.
        bool isSuspect = new FileInfo(file + LogSuffix) is { Exists: true, Length: > 0 } || new FileInfo(file) is { Exists: true, Length: <= MostLookedThrough };
        string? lost = KeepLostSteps(folder, file);
        MakePrivate(file);
        try
        {
            using QueueStorage storage = QueueStorage.Open(folder, file);

            // Looking through it does not find all that using it does.
            storage.ReadSettings();
            if (!isDamaged && (!isSuspect || storage.FindDamage() is null))
            {
                return lost;
            }
        }
        catch (QueueDamagedException)
        {
            // Below.
        }

        return Salvage(folder, file);
    }

    /// <summary>Puts a copy of a log aside that SQLite will read in part only, though more of it is whole.</summary>
    /// <returns>What is lost, for a warning, or null.</returns>
    private static string? KeepLostSteps(string folder, string file)
    {
        string log = file + LogSuffix;
        if (!File.Exists(log) || LogCheck.CountLost(log) is not (> 0 and int lost))
        {
            return null;
        }

        string aside = AsideOf(file) + LogSuffix;
        File.Copy(log, aside, overwrite: true);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The log of the durable queue '{folder}' was damaged in its midst, and {lost} changes behind that place (items put, taken or reported) are lost. A copy of the log is '{aside}'.");
    }

    private static string AsideOf(string file) => string.Create(CultureInfo.InvariantCulture, $"{file}.corrupt-{DateTime.UtcNow:yyyyMMdd-HHmmss}");

    private static string Salvage(string folder, string file)
    {
        string salvaged = file + NewSuffix;
        Delete(salvaged);
        MakePrivate(salvaged);
        long count;
        using (QueueStorage target = QueueStorage.Open(folder, salvaged))
        {
            count = target.CopyFrom(file);
        }

        string aside = AsideOf(file);
        File.Move(file, aside, overwrite: true);
        if (File.Exists(file + LogSuffix))
        {
            File.Move(file + LogSuffix, aside + LogSuffix, overwrite: true);
        }

        TakeOver(file);
        return string.Create(
            CultureInfo.InvariantCulture, $"The file of the durable queue '{folder}' was damaged. {count} items could be read and are in the queue; the damaged file is '{aside}'.");
    }

    // An empty file is a new one to SQLite, which gives its own files the same permissions.
    private static void MakePrivate(string file)
    {
        if (!OperatingSystem.IsWindows() && !File.Exists(file))
        {
            new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        }
    }

    private static void TakeOver(string file)
    {
        // A log that belongs to the damaged file would be applied to the new one.
        File.Delete(file + LogSuffix);
        File.Delete(file + IndexSuffix);
        File.Move(file + NewSuffix, file);
        PlatformServices.Current.SyncFolder(Path.GetDirectoryName(file)!);
    }

    private static void Delete(string file)
    {
        File.Delete(file);
        File.Delete(file + LogSuffix);
        File.Delete(file + IndexSuffix);
    }
}

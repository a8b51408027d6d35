using System.Diagnostics;
using System.Globalization;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Folder;

/// <summary>Moves files to where they stay.</summary>
internal static class FolderMoves
{
    private static readonly TimeSpan s_longestTurn = TimeSpan.FromMinutes(5);

    /// <summary>Moves a file into a folder, under its name or, where that is taken, with the time in it; never over another file.</summary>
    /// <returns>Its new path.</returns>
    public static string Into(string folder, string file, string name)
    {
        Directory.CreateDirectory(folder);
        for (int number = 0; ; number++)
        {
            string target = Path.Combine(folder, number == 0 ? name : WithTime(name, number));
            bool isMoved = PlatformServices.Current.TryMoveNew(file, target) ?? TryMoveInTurn(folder, file, target);
            if (isMoved)
            {
                return target;
            }
        }
    }

    /// <summary>Writes beside a file why it is where it is.</summary>
    public static void Explain(string file, string text)
    {
        try
        {
            File.WriteAllText(file + ".error.txt", text);
        }
        catch (Exception exception) when (FolderFaults.IsOfFiles(exception))
        {
            // A full disk, or too long a name. That the file is here says the most important.
        }
    }

    private static string WithTime(string name, int number)
    {
        string time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        string count = number == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{number}");
        return $"{Path.GetFileNameWithoutExtension(name)}.{time}{count}{Path.GetExtension(name)}";
    }

    /// <summary>Where the system cannot do it in one step, as from one file system to another: one process after the other, so that two do not find the same name free.</summary>
    private static bool TryMoveInTurn(string folder, string file, string target)
    {
        using FileStream turn = AwaitTurn(Path.Combine(folder, FolderLayout.LockName));
        if (Path.Exists(target))
        {
            return false;
        }

        MoveOrCopy(folder, file, target);
        return true;
    }

    /// <summary>A copy to another file system gets its name when it is whole: a full disk must leave no part of it under that name.</summary>
    private static void MoveOrCopy(string folder, string file, string target)
    {
        string temporary = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $".{Guid.NewGuid():N}.tmp"));
        try
        {
            File.Move(file, temporary);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        File.Move(temporary, target);
    }

    /// <summary>The lock of a folder that files go to. The system takes it off when its holder dies.</summary>
    private static FileStream AwaitTurn(string path)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException) when (File.Exists(path) && Stopwatch.GetElapsedTime(begin) < s_longestTurn)
            {
                // A turn takes microseconds, or as long as it takes to copy a large file to another file system.
                using ManualResetEventSlim never = new();
                never.Wait(1);
            }
        }
    }
}

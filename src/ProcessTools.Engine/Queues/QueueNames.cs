using System.Security.Cryptography;
using System.Text;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues;

/// <summary>
/// The names by which this user's processes meet queues: a small file for each name, in the runtime folder, that says where the queue is. Looking, making and deleting exclude each other by
/// a lock that the system takes off when its holder dies. Names are the same whatever their case.
/// </summary>
internal static class QueueNames
{
    private const string LockName = "names.lock";
    private const string Extension = ".name";
    private const string Pattern = "queue-*" + Extension;
    private const int LongestPlain = 100;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly ManualResetEventSlim s_never = new();

    /// <summary>Excludes all other processes and threads from names.</summary>
    /// <exception cref="TimeoutException">Another process has kept them for half a minute; it must be stopped.</exception>
    public static IDisposable Lock()
    {
        string path = Path.Combine(RuntimeFolder.Path, LockName);
        Deadline patience = Deadline.After(s_patience);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception)
            {
                if (patience.Left <= TimeSpan.Zero)
                {
                    throw new TimeoutException($"Another process keeps the lock '{path}'. Is it stopped?", exception);
                }

                s_never.Wait(1);
            }
        }
    }

    /// <summary>The path of the queue that has a name, or null. Under the lock.</summary>
    public static string? Find(string name)
    {
        try
        {
            return File.ReadLines(FileOf(name), Encoding.UTF8).FirstOrDefault();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Gives a queue a name. Under the lock.</summary>
    public static void Set(string name, string path) => File.WriteAllLines(FileOf(name), [path, name], Encoding.UTF8);

    /// <summary>The names of all queues that exist. Without the lock: what it tells may change at once.</summary>
    public static IEnumerable<string> GetAll()
    {
        List<string> names = [];
        try
        {
            foreach (string file in Directory.EnumerateFiles(RuntimeFolder.Path, Pattern))
            {
                if (File.ReadAllLines(file, Encoding.UTF8) is [string path, string name] && File.Exists(path))
                {
                    names.Add(name);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or RuntimeFolderException)
        {
            // Whoever asks for a completion gets what could be found.
        }

        return names;
    }

    /// <summary>Takes a name away from the queue of a path, unless another has it by now. Under the lock.</summary>
    public static void Remove(string name, string path)
    {
        if (Find(name) == path)
        {
            File.Delete(FileOf(name));
        }
    }

    /// <summary>Deletes the names of queues that are gone.</summary>
    public static void Sweep()
    {
        try
        {
            if (!Directory.EnumerateFiles(RuntimeFolder.Path, Pattern).Any())
            {
                return;
            }

            using (Lock())
            {
                foreach (string file in Directory.EnumerateFiles(RuntimeFolder.Path, Pattern))
                {
                    if (!File.Exists(File.ReadLines(file, Encoding.UTF8).FirstOrDefault()))
                    {
                        File.Delete(file);
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TimeoutException or RuntimeFolderException)
        {
            // What cannot be deleted now is left for the next time.
        }
    }

    private static string FileOf(string name)
    {
        string key = name.ToUpperInvariant();
        bool isPlain = key.Length <= LongestPlain && key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        string text = isPlain ? key : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return Path.Combine(RuntimeFolder.Path, $"queue-{(isPlain ? "named" : "hashed")}-{text}{Extension}");
    }
}

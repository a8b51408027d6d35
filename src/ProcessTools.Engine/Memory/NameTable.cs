using System.Security.Cryptography;
using System.Text;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// The names by which this user's processes meet queues, or states: a small file for each name, in the runtime folder, that says where the thing is. Looking, making and deleting exclude each other by
/// a lock that the system takes off when its holder dies. Names are the same whatever their case.
/// </summary>
internal sealed class NameTable
{
    private const string LockName = "names.lock";
    private const string Extension = ".name";
    private const char Separator = '\n';
    private const int LongestPlain = 100;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly ManualResetEventSlim s_never = new();

    private readonly string _kind;

    private NameTable(string kind)
    {
        _kind = kind;
    }

    /// <summary>The names of queues.</summary>
    public static NameTable Queues { get; } = new("queue");

    /// <summary>The names of shared states.</summary>
    public static NameTable States { get; } = new("state");

    private string Pattern => $"{_kind}-*{Extension}";

    /// <summary>Excludes all other processes and threads from names.</summary>
    /// <exception cref="TimeoutException">Another process has kept them for half a minute; it must be stopped.</exception>
    public static IDisposable Lock() => Lock(s_patience);

    /// <summary>Excludes all other processes and threads from names.</summary>
    /// <param name="wait">How long to wait for them at most.</param>
    /// <exception cref="TimeoutException">Another process has kept them for so long.</exception>
    public static IDisposable Lock(TimeSpan wait)
    {
        string path = Path.Combine(RuntimeFolder.Path, LockName);
        Deadline patience = Deadline.After(wait);
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

    /// <summary>The path of what has a name, or null. Under the lock.</summary>
    public string? Find(string name)
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

    /// <summary>Gives something a name. Under the lock.</summary>
    public void Set(string name, string path) => File.WriteAllText(FileOf(name), path + Separator + name, Encoding.UTF8);

    /// <summary>The names of all that exist, and their paths. Without the lock: what it tells may change at once.</summary>
    public IEnumerable<(string Name, string Path)> GetAll()
    {
        List<(string, string)> names = [];
        try
        {
            foreach (string file in Directory.EnumerateFiles(RuntimeFolder.Path, Pattern))
            {
                if (File.ReadAllText(file, Encoding.UTF8).Split(Separator, 2) is [string path, string name] && File.Exists(path))
                {
                    names.Add((name, path));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or RuntimeFolderException)
        {
            // Whoever asks for a completion gets what could be found.
        }

        return names;
    }

    /// <summary>Takes a name away from what has a path, unless another has it by now. Under the lock.</summary>
    public void Remove(string name, string path)
    {
        if (Find(name) == path)
        {
            File.Delete(FileOf(name));
        }
    }

    /// <summary>Deletes the names of what is gone.</summary>
    public void Sweep()
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

    private string FileOf(string name)
    {
        string key = name.ToUpperInvariant();
        bool isPlain = key.Length <= LongestPlain && key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        string text = isPlain ? key : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return Path.Combine(RuntimeFolder.Path, $"{_kind}-{(isPlain ? "named" : "hashed")}-{text}{Extension}");
    }
}

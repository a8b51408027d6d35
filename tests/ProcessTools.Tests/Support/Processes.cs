using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ProcessTools.Tests.Support;

/// <summary>Looks at and signals processes of the tests' own making.</summary>
internal static class Processes
{
    public const int Kill = 9;
    public const int Terminate = 15;
    private const int Stop = 19;

    private const int Continue = 18;

    /// <summary>True while the process runs; a zombie does not.</summary>
    public static bool IsRunning(int id) => StateOf(id) is not (null or 'Z' or 'X');

    /// <summary>Stops a process, and waits until it has stopped: the signal alone lets it go on for a moment.</summary>
    public static void Freeze(int id)
    {
        Signal(id, Stop);
        AwaitFrozen(id);
    }

    /// <summary>Lets a process go on that was stopped, once it has stopped: a signal to go on that comes first is lost, and it stays stopped.</summary>
    public static void Resume(int id)
    {
        AwaitFrozen(id);
        Signal(id, Continue);
    }

    /// <summary>True while the id is taken, by a zombie too.</summary>
    public static bool Exists(int id) => Directory.Exists($"/proc/{id}");

    public static void Signal(int id, int signal) => _ = SendSignal(id, signal);

    /// <summary>The ids of this process's children, zombies included.</summary>
    public static int[] Children(int parent) =>
        [.. Process.GetProcesses().Select(process => process.Id).Where(id => ParentOf(id) == parent)];

    /// <summary>The ids of a session's worker processes, told by their command line.</summary>
    public static int[] Workers(int parent) => [.. Children(parent).Where(id => ReadCommandLine(id).Contains("ProcessTools.Worker", StringComparison.Ordinal))];

    private static void AwaitFrozen(int id) =>
        Until.True(() => ThreadsOf(id).All(static thread => StateOf(thread) is not ('R' or 'S' or 'D')), "all threads of the process have stopped");

    private static string[] ThreadsOf(int id)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{id}/task");
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static char? StateOf(int id) => StateOf($"/proc/{id}");

    private static char? StateOf(string folder)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string ReadCommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static int ParentOf(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int id, int signal);
}

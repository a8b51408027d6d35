using System.Globalization;
using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// Finds and kills what a session's leader started: the members of its session, found in <c>/proc</c> even after the leader is gone
/// and they were handed to another parent, and the descendants that made sessions of their own.
/// </summary>
internal static class LinuxProcessTree
{
    // A tree that forks while it is killed is caught in a later round; a round that finds nobody ends it.
    private const int MostRounds = 20;

    /// <summary>Sends a signal to the leader's process group (a shell and its pipeline), when the leader is still the process that it was.</summary>
    public static void Signal(ProcessIdentity leader, LinuxSignal signal)
    {
        if (leader.IsAlive)
        {
            _ = Kill(-leader.Id, (int)signal);
        }
    }

    /// <summary>Kills the leader, its session and its descendants.</summary>
    public static void Kill(ProcessIdentity leader)
    {
        // The leader first: it can start nothing more.
        Dictionary<int, ProcessEntry> before = ReadProcesses();
        Signal(leader, LinuxSignal.Kill);
        KillRounds(leader.Id, before);
    }

    /// <summary>Kills everything that this process's session and descendants have, except this process.</summary>
    public static void KillOthersOfThisSession() => KillRounds(Environment.ProcessId, ReadProcesses());

    private static void KillRounds(int leaderId, Dictionary<int, ProcessEntry> processes)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            bool any = false;
            foreach (ProcessEntry entry in processes.Values)
            {
                if (entry.Id != leaderId && entry.Id != Environment.ProcessId && !entry.IsZombie && Belongs(entry, leaderId, processes))
                {
                    any |= Kill(entry.Id, (int)LinuxSignal.Kill) == 0;
                }
            }

            if (!any)
            {
                return;
            }

            processes = ReadProcesses();
        }
    }

    private static bool Belongs(ProcessEntry entry, int leaderId, Dictionary<int, ProcessEntry> processes)
    {
        if (entry.Session == leaderId)
        {
            return true;
        }

        // The chain of parents is short, and bounded in case it changes while it is followed.
        ProcessEntry current = entry;
        for (int depth = 0; depth < 64; depth++)
        {
            if (current.Parent == leaderId)
            {
                return true;
            }

            if (!processes.TryGetValue(current.Parent, out current))
            {
                return false;
            }
        }

        return false;
    }

    private static Dictionary<int, ProcessEntry> ReadProcesses()
    {
        Dictionary<int, ProcessEntry> processes = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                continue;
            }

            try
            {
                // pid (name) state ppid pgrp session …; the name may hold anything, so what follows is found from its end.
                string text = File.ReadAllText($"/proc/{id}/stat");
                string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ', 5);
                processes[id] = new ProcessEntry(
                    id,
                    int.Parse(fields[1], CultureInfo.InvariantCulture),
                    int.Parse(fields[3], CultureInfo.InvariantCulture),
                    fields[0] is "Z" or "X");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
            {
                // It ended while it was looked at.
            }
        }

        return processes;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int id, int signal);

    private readonly record struct ProcessEntry(int Id, int Parent, int Session, bool IsZombie);
}

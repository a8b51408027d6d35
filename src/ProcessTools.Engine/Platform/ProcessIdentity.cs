using System.Diagnostics;
using System.Globalization;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// A process and no other: its id with the time of its start, because ids are given out again (on many Linux systems after 32768 others).
/// </summary>
/// <param name="Id">The operating system's id.</param>
/// <param name="StartTime">On Linux clock ticks since the system's start, field 22 of <c>/proc/id/stat</c>; elsewhere the ticks of the start's time.</param>
internal readonly record struct ProcessIdentity(int Id, long StartTime)
{
    private const int StateField = 0;
    private const int ParentField = 1;
    private const int StartTimeField = 19;

    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } =
        TryGet(Environment.ProcessId) ?? throw new InvalidOperationException("The operating system does not tell when this process started.");

    /// <summary>True while exactly this process runs. One that has ended and was not reaped yet has ended.</summary>
    public bool IsAlive => TryGet(Id) == this;

    /// <summary>The running process with an id, or null.</summary>
    public static ProcessIdentity? TryGet(int id)
    {
        if (OperatingSystem.IsLinux())
        {
            return ReadStatus(id) is { } fields && fields[StateField] is not ("Z" or "X")
                ? new ProcessIdentity(id, long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture))
                : null;
        }

        try
        {
            using Process process = Process.GetProcessById(id);
            return process.HasExited ? null : new ProcessIdentity(id, process.StartTime.Ticks);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The id of a process's parent, or null where it cannot be learned.</summary>
    public static int? ParentOf(int id) =>
        OperatingSystem.IsLinux() && ReadStatus(id) is { } fields ? int.Parse(fields[ParentField], CultureInfo.InvariantCulture) : null;

    private static string[]? ReadStatus(int id)
    {
        try
        {
            // id (name) state parent …; the name may hold anything, so the fields are counted from its end.
            string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields.Length > StartTimeField ? fields : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

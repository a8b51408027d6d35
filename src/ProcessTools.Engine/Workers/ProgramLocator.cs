namespace ProcessTools.Engine.Workers;

/// <summary>Finds a program as a shell would, and says clearly when it cannot.</summary>
internal static class ProgramLocator
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The shell and the switch that makes it run a command line.</summary>
    public static (string FileName, string[] Arguments) Shell(string command, IReadOnlyDictionary<string, string> environment) =>
        OperatingSystem.IsWindows()
            ? (Path.Combine(Environment.SystemDirectory, "cmd.exe"), ["/d", "/s", "/c", command])
            : (Find("sh", "/", environment), ["-c", command]);

    /// <summary>Finds a program.</summary>
    /// <param name="name">A path, or a name to look for in <c>PATH</c>.</param>
    /// <param name="workingDirectory">What a relative path is relative to.</param>
    /// <param name="environment">Whose <c>PATH</c> counts.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="ProgramNotFoundException">It does not exist, or may not be run.</exception>
    public static string Find(string name, string workingDirectory, IReadOnlyDictionary<string, string> environment)
    {
        bool isPath = name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || name.Contains(Path.AltDirectorySeparatorChar, StringComparison.Ordinal);
        if (isPath)
        {
            string full = Path.GetFullPath(name, workingDirectory);
            return FindFile(full) ?? throw (File.Exists(full)
                ? new ProgramNotFoundException(name, $"The file '{full}' is not marked as a program. Make it one with 'chmod +x', or start it through its interpreter.")
                : new ProgramNotFoundException(name, $"The program '{full}' does not exist. Check the path given with -FilePath."));
        }

        environment.TryGetValue("PATH", out string? path);
        foreach (string folder in (path ?? string.Empty).Split(Path.PathSeparator))
        {
            if (FindFile(Path.GetFullPath(Path.Combine(folder, name), workingDirectory)) is { } found)
            {
                return found;
            }
        }

        throw new ProgramNotFoundException(
            name, $"The program '{name}' was not found in PATH. Give its full path with -FilePath, or install it; a command of the shell needs -Command.");
    }

    private static string? FindFile(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return new[] { string.Empty, ".exe", ".cmd", ".bat" }.Select(extension => path + extension).FirstOrDefault(File.Exists);
        }

        return File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != 0 ? path : null;
    }
}

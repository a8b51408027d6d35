namespace ProcessTools.Runner;

/// <summary>Reads the runner's command line, which is the part of pwsh's that a script's user needs.</summary>
internal static class CommandLine
{
    private const string Usage = """
        Usage: ProcessTools.Runner [-File] <script.ps1> [arguments]
               ProcessTools.Runner -Command <text> [arguments]
        """;

    /// <summary>Understands a command line.</summary>
    /// <param name="args">The words, without the program's name.</param>
    /// <returns>What to run.</returns>
    /// <exception cref="UsageException">There is nothing to run, or no such file.</exception>
    public static ScriptInvocation Parse(string[] args)
    {
        if (args.Length == 0)
        {
            throw new UsageException(Usage);
        }

        if (IsOption(args[0], "-Command", "-c"))
        {
            string text = args.Length > 1 ? args[1] : throw new UsageException("-Command needs the text to run.\n" + Usage);
            return new ScriptInvocation(CommandText.WithExitCode(text), IsFile: false, ScriptArguments.Parse(args.AsSpan(2)));
        }

        int file = IsOption(args[0], "-File", "-f") ? 1 : 0;
        if (file == args.Length)
        {
            throw new UsageException("-File needs the path of a script.\n" + Usage);
        }

        return new ScriptInvocation(FindScript(args[file]), IsFile: true, ScriptArguments.Parse(args.AsSpan(file + 1)));
    }

    private static bool IsOption(string word, string name, string abbreviation) =>
        word.Equals(name, StringComparison.OrdinalIgnoreCase) || word.Equals(abbreviation, StringComparison.OrdinalIgnoreCase);

    private static string FindScript(string path)
    {
        if (!Path.GetExtension(path).Equals(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"'{path}' is not the path of a .ps1 script file.\n{Usage}");
        }

        string full = Path.GetFullPath(path);
        return File.Exists(full) ? full : throw new UsageException($"There is no script file '{full}'.");
    }
}

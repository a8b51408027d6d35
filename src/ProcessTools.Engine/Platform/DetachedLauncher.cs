namespace ProcessTools.Engine.Platform;

/// <summary>Starts a program through a shell that ends at once, so that the program is nobody's child.</summary>
internal static class DetachedLauncher
{
    // The standard streams are the null device: whoever started it may read its own to their end.
    private const string Script = "\"$0\" \"$@\" < /dev/null > /dev/null 2>&1 &";

    /// <summary>The shell that starts a program.</summary>
    public static ChildProcessOptions Of(ChildProcessOptions options) => new()
    {
        FileName = "/bin/sh",
        Arguments = ["-c", Script, options.FileName, .. options.Arguments],
        WorkingDirectory = options.WorkingDirectory,
        Environment = options.Environment,
    };
}

namespace ProcessTools.Engine.Platform;

/// <summary>What a child process is started with.</summary>
internal sealed class ChildProcessOptions
{
    /// <summary>The full path of the program; it has been looked up and checked before.</summary>
    public required string FileName { get; init; }

    /// <summary>The arguments, without the program's own name; none is ever interpreted by a shell.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The full path of the folder to start in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The whole environment of the child.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>True for a pipe to the child's standard input; false for the null device, which is at its end at once.</summary>
    public bool RedirectInput { get; init; }

    /// <summary>True to let standard error share standard output's pipe, so that their order is kept.</summary>
    public bool MergeError { get; init; }
}

namespace ProcessTools.Engine.Platform;

/// <summary>Which of a child's two output streams a piece of output came from.</summary>
internal enum ChildOutputKind
{
    /// <summary>Standard output.</summary>
    StandardOutput,

    /// <summary>Standard error.</summary>
    StandardError,
}

namespace ProcessTools.Engine.Platform;

/// <summary>How long a call on a socket waits; in the kernel never longer than <see cref="Memory.SharedWait.Slice"/>.</summary>
internal enum SocketPatience
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Until something has come, or gone out, or the slice is over.</summary>
    Something,

    /// <summary>Until all of it has, or the slice is over.</summary>
    All,
}

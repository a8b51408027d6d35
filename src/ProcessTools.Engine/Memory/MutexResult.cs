namespace ProcessTools.Engine.Memory;

/// <summary>How a wait for a mutex ended.</summary>
internal enum MutexResult
{
    /// <summary>It is held now.</summary>
    Acquired,

    /// <summary>It is held now, and its last owner died holding it: what it protects may be half changed.</summary>
    Abandoned,

    /// <summary>The time was over first; it is not held.</summary>
    TimedOut,
}

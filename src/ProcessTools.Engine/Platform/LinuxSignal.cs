namespace ProcessTools.Engine.Platform;

/// <summary>The signals that are sent, with Linux's numbers.</summary>
internal enum LinuxSignal
{
    /// <summary>SIGKILL: cannot be caught.</summary>
    Kill = 9,

    /// <summary>SIGTERM: please end.</summary>
    Terminate = 15,
}

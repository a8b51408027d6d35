namespace ProcessTools.Engine.Protocol;

/// <summary>The first byte of each frame between a session and its worker. PROTOCOL.md says what follows it. The numbers are part of the protocol.</summary>
internal enum WorkerMessageKind : byte
{
    /// <summary>Worker, first: the one-time secret, the process id and the protocol's version.</summary>
    Hello = 1,

    /// <summary>Session, once: what to run, and how to set up the runspace.</summary>
    Start = 2,

    /// <summary>Worker, once: the script begins.</summary>
    Started = 3,

    /// <summary>Session: one input object.</summary>
    Input = 4,

    /// <summary>Session, once: there is no more input.</summary>
    InputEnd = 5,

    /// <summary>Session: stop the script; the worker answers with <see cref="Exit"/>.</summary>
    Stop = 6,

    /// <summary>Session, once, in the place of <see cref="Start"/>: work for a pool.</summary>
    Pool = 7,

    /// <summary>Session, to a pool's worker: stop one task.</summary>
    StopTask = 8,

    /// <summary>Worker: one output object.</summary>
    Output = 10,

    /// <summary>Worker: one error record.</summary>
    Error = 11,

    /// <summary>Worker: one warning record.</summary>
    Warning = 12,

    /// <summary>Worker: one verbose record.</summary>
    Verbose = 13,

    /// <summary>Worker: one debug record.</summary>
    Debug = 14,

    /// <summary>Worker: one information record.</summary>
    Information = 15,

    /// <summary>Worker: one progress record.</summary>
    Progress = 16,

    /// <summary>Worker, last: the outcome, the exit code, and the error that ended the script if one did.</summary>
    Exit = 20,
}

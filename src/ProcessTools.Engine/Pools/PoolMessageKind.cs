namespace ProcessTools.Engine.Pools;

/// <summary>The first byte of each frame in the rings of a pool's worker. Protocol/PROTOCOL.md says what follows it. The numbers are part of the protocol.</summary>
internal enum PoolMessageKind : byte
{
    /// <summary>Pool: a script with all that it needs, by which it is compiled once.</summary>
    Script = 1,

    /// <summary>Pool: a call of a script: where and with which values its tasks run.</summary>
    Call = 2,

    /// <summary>Pool: tasks of a call.</summary>
    Tasks = 3,

    /// <summary>Pool: a call has no more tasks.</summary>
    EndCall = 4,

    /// <summary>Pool: a script is not needed any more.</summary>
    EndScript = 5,

    /// <summary>Pool: end, after all tasks before this.</summary>
    Leave = 6,

    /// <summary>Worker: an object that the task wrote.</summary>
    Output = 10,

    /// <summary>Worker: an error record of the task.</summary>
    Error = 11,

    /// <summary>Worker: a warning.</summary>
    Warning = 12,

    /// <summary>Worker: a verbose record.</summary>
    Verbose = 13,

    /// <summary>Worker: a debug record.</summary>
    Debug = 14,

    /// <summary>Worker: an information record.</summary>
    Information = 15,

    /// <summary>Worker: a progress record.</summary>
    Progress = 16,

    /// <summary>Worker: the task ended by itself.</summary>
    Done = 20,

    /// <summary>Worker: an error ended the task.</summary>
    Failed = 21,

    /// <summary>Worker: the task was stopped as it was told.</summary>
    Stopped = 22,

    /// <summary>Worker: several tasks of a pure script ended by themselves, with what they wrote.</summary>
    Block = 23,

    /// <summary>Worker: it is set up and waits for tasks.</summary>
    Ready = 30,

    /// <summary>Worker: it cannot be set up; the error.</summary>
    Unable = 31,

    /// <summary>Worker: how long serializing took.</summary>
    Insight = 32,
}

namespace ProcessTools.Engine.Sockets;

/// <summary>How a read waits.</summary>
internal enum ReadKind
{
    /// <summary>What comes may be an answer, which comes soon: it is asked for, for a moment, before the thread sleeps.</summary>
    Prompt,

    /// <summary>What comes is part of a stream, whose sender should not be disturbed: the thread sleeps at once.</summary>
    Streamed,

    /// <summary>All that the buffer takes is expected soon, and comes with as few reads as can be.</summary>
    Whole,
}

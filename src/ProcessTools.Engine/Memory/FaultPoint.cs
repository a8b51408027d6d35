namespace ProcessTools.Engine.Memory;

/// <summary>The steps between which a process can be killed or stopped such that others could notice: where tests do it.</summary>
internal enum FaultPoint
{
    /// <summary>A mutex has just been taken.</summary>
    MutexTaken,

    /// <summary>A mutex has just been given back, and nobody was woken yet.</summary>
    MutexReleased,

    /// <summary>A producer holds its lock and has written nothing.</summary>
    PutBegun,

    /// <summary>A producer has written a skip mark and not the record.</summary>
    PutSkipped,

    /// <summary>A producer has copied half of an item.</summary>
    PutHalfCopied,

    /// <summary>A producer has copied an item and not published it.</summary>
    PutCopied,

    /// <summary>A producer has published an item and still holds its lock.</summary>
    PutPublished,

    /// <summary>A producer has given its lock back and woken nobody yet.</summary>
    PutReleased,

    /// <summary>A producer has written where the next ring will be, and not made it.</summary>
    GrowNamed,

    /// <summary>A producer has made a further ring that nobody looks for yet.</summary>
    GrowCreated,

    /// <summary>A producer has sealed a ring and put nothing in the next.</summary>
    GrowSealed,

    /// <summary>A producer is about to wait for room.</summary>
    PutWaiting,

    /// <summary>A consumer holds its lock and has taken nothing.</summary>
    TakeBegun,

    /// <summary>A consumer has copied an item and not taken it off.</summary>
    TakeCopied,

    /// <summary>A consumer has counted an item as its own and not taken it off.</summary>
    TakeCounted,

    /// <summary>A consumer has taken an item off and still holds its lock.</summary>
    TakePublished,

    /// <summary>A consumer has given its lock back and woken nobody yet.</summary>
    TakeReleased,

    /// <summary>A consumer has written where the next ring is, and not gone on to it.</summary>
    AdvanceNamed,

    /// <summary>A consumer has gone on to the next ring, and not deleted the one before.</summary>
    AdvanceMoved,

    /// <summary>A consumer is about to wait for an item.</summary>
    TakeWaiting,

    /// <summary>A queue was closed, and nobody was woken yet.</summary>
    CloseMarked,
}

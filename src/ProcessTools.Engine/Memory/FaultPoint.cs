namespace ProcessTools.Engine.Memory;

/// <summary>The steps between which a process can be killed or stopped such that others could notice: where tests do it.</summary>
internal enum FaultPoint
{
    /// <summary>A mutex has just been taken.</summary>
    MutexTaken,

    /// <summary>A mutex has just been given back, and nobody was woken yet.</summary>
    MutexReleased,

    /// <summary>A thread is about to sleep until a mutex is given back.</summary>
    MutexWaiting,

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

    /// <summary>A client of a state has sent a part of a request that is larger than a ring.</summary>
    StateHalfAsked,

    /// <summary>A client of a state has written a request and not rung.</summary>
    StateWritten,

    /// <summary>A client of a state has sent a request.</summary>
    StateAsked,

    /// <summary>A client of a state has read a part of a response.</summary>
    StateHalfAnswered,

    /// <summary>A client of a state has read a response.</summary>
    StateAnswered,

    /// <summary>A queue was closed, and nobody was woken yet.</summary>
    CloseMarked,

    /// <summary>A runspace has taken a re-entrant lock and said that it holds it.</summary>
    HolderWritten,

    /// <summary>A runspace has taken back that it holds a re-entrant lock, which is still held.</summary>
    HolderCleared,

    /// <summary>A semaphore's change is in its journal, and nothing else was written.</summary>
    PermitJournaled,

    /// <summary>A semaphore's number of permits was changed, and the count of their holder was not.</summary>
    PermitMoved,

    /// <summary>A semaphore was changed, and its journal not erased.</summary>
    PermitCounted,

    /// <summary>An event was set, and nobody was woken yet.</summary>
    EventSet,

    /// <summary>A thread is about to wait for an event.</summary>
    EventWaiting,

    /// <summary>A thread is listed as one that waits for a condition, and holds its lock still.</summary>
    ConditionListed,

    /// <summary>A thread has given up its lock and is about to wait for a condition.</summary>
    ConditionWaiting,

    /// <summary>A thread's wait for a condition is over, and it does not have its lock again.</summary>
    ConditionWoken,

    /// <summary>A thread's wait for a condition is over, it has its lock again, and is listed still.</summary>
    ConditionLocked,

    /// <summary>A waiter was marked as notified, and not woken.</summary>
    ConditionMarked,

    /// <summary>A notification was passed on, and the one that did not use it is listed still.</summary>
    ConditionPassed,

    /// <summary>A party is listed as having come to a barrier, and waits or is the last.</summary>
    BarrierListed,

    /// <summary>A party is about to wait at a barrier.</summary>
    BarrierWaiting,

    /// <summary>It is written how a barrier's round ends, and nothing else.</summary>
    BarrierDecided,

    /// <summary>All parties of a barrier's round are told how it ends, and the next has not begun.</summary>
    BarrierTold,

    /// <summary>A barrier's next round has begun, and nobody was woken.</summary>
    BarrierTurned,
}

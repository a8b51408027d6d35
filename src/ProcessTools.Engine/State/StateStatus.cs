namespace ProcessTools.Engine.State;

/// <summary>How a request ended: the first byte of a response.</summary>
internal enum StateStatus : byte
{
    /// <summary>Done; the operation's results follow.</summary>
    Done,

    /// <summary>No: there is no such key, item or object, or it is not what was expected. Nothing was changed.</summary>
    No,

    /// <summary>The object was removed from the state.</summary>
    Removed,

    /// <summary>A transaction kept the state for too long; the process id of its owner and the seconds follow.</summary>
    Busy,

    /// <summary>A wait's time was over.</summary>
    TimedOut,

    /// <summary>The name stands for another object; what it is follows.</summary>
    Mismatch,

    /// <summary>The value is no number that the hub can add to; the client does it.</summary>
    NotPlain,

    /// <summary>The sum is no number.</summary>
    Overflow,

    /// <summary>There is no room for the object; its path and size follow.</summary>
    MemoryFull,

    /// <summary>Nobody else can change anything during a transaction, so it cannot wait for a change.</summary>
    WaitInTransaction,

    /// <summary>No transaction is under way.</summary>
    NoTransaction,

    /// <summary>The response would be larger than one may be; nothing was changed.</summary>
    TooLarge,
}

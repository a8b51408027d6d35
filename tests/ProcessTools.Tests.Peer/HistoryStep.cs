namespace ProcessTools.Tests.Peer;

/// <summary>What a process did with a shared object. A result is a number; <see cref="HistoryJournal.Nothing"/> stands for none.</summary>
internal enum HistoryStep
{
    /// <summary>Read it.</summary>
    Get = 1,

    /// <summary>Set it to the first number.</summary>
    Set,

    /// <summary>Set it to the first number if it was the second; the result is 1 if so.</summary>
    TryUpdate,

    /// <summary>Added the first number; the result is the sum.</summary>
    Increment,

    /// <summary>Added it with the first number if it was not there; the result is 1 if so.</summary>
    TryAdd,

    /// <summary>Took it out; the result is 1 if it was there.</summary>
    Remove,

    /// <summary>Set it to the first number; the result is what it was.</summary>
    Swap,

    /// <summary>Acquired a lock; the result is 0 for no, 1 for yes, 2 for yes and from the dead.</summary>
    Acquire,

    /// <summary>Released a lock.</summary>
    Release,

    /// <summary>Died.</summary>
    Die,
}

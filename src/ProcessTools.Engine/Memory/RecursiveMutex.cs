namespace ProcessTools.Engine.Memory;

/// <summary>
/// A <see cref="SharedMutex"/> that its holder may take again. The holder is a process and one of its runspaces. When the process dies, the next one gets it and is told so. Uncontended, no call enters the kernel.
/// </summary>
/// <remarks>
/// <para>
/// Beside the mutex, a word says which runspace of which process holds it, and a number how often. Both are written by the holder only, after it has taken the mutex and before it gives it back. A caller is the holder if and
/// only if the word is its own: the word of another process, a dead one's that was not cleared too, is never the same, because it mixes the process in; and what this runspace wrote itself it has cleared itself, before the mutex went
/// to the next, so that no other can meet it as a left-over. A runspace runs on one thread at a time, which sees its own stores in order.
/// </para>
/// <para>
/// A holder that dies between the steps leaves the mutex held by the dead, whatever the other two say: the next one takes it over, and writes them anew.
/// </para>
/// </remarks>
internal readonly unsafe struct RecursiveMutex(byte* memory)
{
    /// <summary>The bytes that one takes, aligned to 8.</summary>
    public const int Size = SharedMutex.Size + 16;

    // An odd number: its products with the numbers of different runspaces are different.
    private const long Spread = unchecked((long)0x9E3779B97F4A7C15);

    private readonly SharedMutex _mutex = new(memory);
    private readonly long* _holder = (long*)(memory + SharedMutex.Size);
    private readonly int* _depth = (int*)(memory + SharedMutex.Size + sizeof(long));

    /// <summary>The process that holds it (<see cref="ProcessWord"/>), dead or alive; 0 for nobody.</summary>
    public long Owner => _mutex.Owner;

    /// <summary>True while it is held by one who took it over from the dead.</summary>
    public bool IsAbandoned => _mutex.IsAbandoned;

    /// <summary>How many releases the holder owes.</summary>
    public int Depth => _mutex.IsHeld ? Volatile.Read(ref *_depth) : 0;

    /// <summary>True while a runspace of this process holds it.</summary>
    public bool IsHeldBy(int runspace) => Volatile.Read(ref *_holder) == HolderWord(runspace);

    /// <summary>Takes the mutex, once more when this runspace has it.</summary>
    /// <param name="runspace">The caller's runspace.</param>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Abandoned when it was taken over now.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public MutexResult Acquire(int runspace, TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        long me = HolderWord(runspace);
        if (Volatile.Read(ref *_holder) == me)
        {
            *_depth = checked(*_depth + 1);
            return MutexResult.Acquired;
        }

        MutexResult result = _mutex.Acquire(timeout, check, cancellation);
        if (result != MutexResult.TimedOut)
        {
            *_depth = 1;
            Volatile.Write(ref *_holder, me);
            FaultPoints.Reached(FaultPoint.HolderWritten);
        }

        return result;
    }

    /// <summary>Gives the mutex back once.</summary>
    /// <param name="runspace">The caller's runspace.</param>
    /// <returns>False when that does not hold it.</returns>
    public bool TryRelease(int runspace)
    {
        if (!IsHeldBy(runspace))
        {
            return false;
        }

        if (*_depth > 1)
        {
            (*_depth)--;
            return true;
        }

        GiveBack();
        return true;
    }

    /// <summary>Gives the mutex back as often as it was taken. Only for who holds it.</summary>
    /// <returns>How often that was, for <see cref="SetDepth"/> later.</returns>
    public int ReleaseAll()
    {
        int depth = *_depth;
        GiveBack();
        return depth;
    }

    /// <summary>Says how often it was taken. Only for who holds it.</summary>
    public void SetDepth(int depth) => *_depth = depth;

    private static long HolderWord(int runspace) => ProcessWord.Self ^ (runspace * Spread);

    private void GiveBack()
    {
        *_depth = 0;
        Volatile.Write(ref *_holder, 0);
        FaultPoints.Reached(FaultPoint.HolderCleared);
        _mutex.Release();
    }
}

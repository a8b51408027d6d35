namespace ProcessTools.Engine.Memory;

/// <summary>Where a process counts what it has taken off a queue, so that it is known when it dies: how many, and the sequence number of the last. The default counts nothing.</summary>
/// <param name="words">Two words in shared memory.</param>
internal readonly unsafe struct TakenCounter(long* words)
{
    private readonly long* _words = words;

    /// <summary>Counts an item. Before it is taken off: whoever finds a dead process's count looks whether the last one is still there.</summary>
    public void Count(long sequence)
    {
        if (_words is not null)
        {
            _words[1] = sequence;
            Volatile.Write(ref *_words, *_words + 1);
            FaultPoints.Reached(FaultPoint.TakeCounted);
        }
    }
}

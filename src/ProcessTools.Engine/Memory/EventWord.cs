namespace ProcessTools.Engine.Memory;

/// <summary>A flag in shared memory that processes wait for.</summary>
/// <remarks>
/// One word: the lowest bit is the flag, and the others count how often it was set. A waiter remembers the word that it found unset, and waits for any other: it was woken rightly when the flag is cleared again before it looks, because
/// the count stays. A death between the store and the wake-up costs the waiters a slice.
/// </remarks>
internal sealed unsafe class EventWord(byte* memory)
{
    /// <summary>The bytes that one takes, aligned to 8; zeros at first.</summary>
    public const int Size = NeverOffset + sizeof(long);

    private const int SpotOffset = sizeof(long);
    private const int NeverOffset = SpotOffset + ParkingSpot.Size;
    private const long SetBit = 1;
    private const long OneMore = 2;

    private readonly long* _word = (long*)memory;
    private readonly ParkingSpot _spot = new((int*)(memory + SpotOffset));
    private readonly int* _never = (int*)(memory + NeverOffset);
    private SpinPolicy _spin = new();

    /// <summary>True while it is set.</summary>
    public bool IsSet => (Volatile.Read(ref *_word) & SetBit) != 0;

    /// <summary>Sets it.</summary>
    public void Set()
    {
        long word = Volatile.Read(ref *_word);
        while ((word & SetBit) == 0)
        {
            long before = Interlocked.CompareExchange(ref *_word, (word + OneMore) | SetBit, word);
            if (before == word)
            {
                FaultPoints.Reached(FaultPoint.EventSet);
                _spot.WakeIfWaiting();
                return;
            }

            word = before;
        }
    }

    /// <summary>Clears it.</summary>
    public void Clear() => Interlocked.And(ref *_word, ~SetBit);

    /// <summary>Waits until it is set.</summary>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Wait(TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        long seen = Volatile.Read(ref *_word);
        if ((seen & SetBit) != 0)
        {
            return true;
        }

        if (timeout == TimeSpan.Zero)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }

        FaultPoints.Reached(FaultPoint.EventWaiting);
        return SharedWait.UntilChanged(_word, seen, _never, _spot, ref _spin, Deadline.After(timeout), check, cancellation);
    }
}

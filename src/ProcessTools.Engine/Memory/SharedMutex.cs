using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A mutual exclusion in shared memory that outlives its owner: when the process that holds it dies, the next one gets it and is told so.
/// It excludes threads of one process from each other as well. Not recursive. Uncontended, neither call enters the kernel.
/// </summary>
/// <remarks>
/// <para>
/// One 64-bit word says who holds it: 0 for nobody, else the owner's process id (the low 31 bits), the low 31 bits of its start time, a bit that says that
/// somebody waits, and one that says that it was taken over from the dead. It is taken by one compare-and-swap from 0, with which the owner's name is there at once: there is no instruction at which it is held and its
/// holder unknown, which is what a death must not meet. It is given back by one exchange with 0.
/// </para>
/// <para>
/// A waiter sets the waiting bit and parks, for a slice at a time. After each slice, and when its time is over, it looks whether the named owner lives. If not, it takes over by
/// compare-and-swap from exactly the dead owner's word, so that of several waiters one succeeds, and a mutex that changed hands meanwhile is left alone.
/// What the dead owner protected may be half changed: the taker is told (<see cref="MutexResult.Abandoned"/>, <see cref="IsAbandoned"/>) and repairs it. An owner that is stopped lives, and only delays.
/// </para>
/// <para>
/// The waiting bit is kept up by those who have slept: a release that finds it wakes one sleeper and clears it with the word, and the one that was woken sets it again, when it takes the mutex as when it has to sleep anew.
/// So as long as somebody sleeps, the bit is set or somebody who was woken is about to set it. One that was woken and leaves without the mutex wakes the next in its place.
/// </para>
/// <para>
/// Whoever takes it again right after giving it back is quicker than one that has to wake up. So a waiter that has slept and waited for many times as long as a wake-up takes says so by one more bit, and the next release leaves the
/// mutex to those who have slept: the word is then that bit and no owner. Who has not slept sleeps once, for the first slice, and may take it then too: a hungry waiter that died or gave up delays others once, and no more.
/// It is for long waits only, because every such handing over costs a wake-up.
/// </para>
/// <para>
/// What a death leaves, step by step. Before the swap: nothing. Between the swap and the release: the dead owner's word, taken over as above. After the release and
/// before the wake-up: a free mutex and a waiter that sleeps to the end of its slice, and then finds it free. A waiter that dies leaves the waiting bit: one wake-up too many.
/// One waiter is woken for each release; one that is woken and dies before it has taken the mutex costs the next a slice.
/// </para>
/// </remarks>
internal readonly unsafe struct SharedMutex(byte* memory)
{
    /// <summary>The bytes that one takes, aligned to 8.</summary>
    public const int Size = 16;

    private const long WaitingBit = long.MinValue;

    // The highest bit of the process id, which no system gives out.
    private const long AbandonedBit = 1L << 31;

    // The next highest: only Windows could give out such an id, if it had a thousand million others.
    private const long HungryBit = 1L << 30;
    private const long Flags = WaitingBit | AbandonedBit | HungryBit;

    // A look whether the owner lives costs tens of microseconds. The first comes soon, because a holder that was not killed is done sooner; then ever less often: ten looks a
    // second cost nothing that can be measured.
    private const int SliceGrowth = 4;
    private static readonly TimeSpan s_hungryAfter = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan s_firstSlice = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_lastSlice = TimeSpan.FromMilliseconds(100);

    private readonly long* _owner = (long*)memory;
    private readonly ParkingSpot _spot = new((int*)(memory + sizeof(long)));

    /// <summary>True while somebody, dead or alive, holds it.</summary>
    public bool IsHeld => Owner != 0;

    /// <summary>The process that holds it (<see cref="ProcessWord"/>), dead or alive; 0 for nobody.</summary>
    public long Owner => Volatile.Read(ref *_owner) & ~Flags;

    /// <summary>True while it is held by one who took it over from the dead.</summary>
    public bool IsAbandoned => (Volatile.Read(ref *_owner) & AbandonedBit) != 0;

    /// <summary>Takes the mutex.</summary>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public MutexResult Acquire(TimeSpan timeout, CancellationToken cancellation = default) => Acquire(timeout, null, cancellation);

    /// <summary>Takes the mutex.</summary>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public MutexResult Acquire(TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        MutexResult result =
            Interlocked.CompareExchange(ref *_owner, ProcessWord.Self, 0) == 0 ? MutexResult.Acquired : AcquireSlowly(Deadline.After(timeout), check, cancellation);
        FaultPoints.Reached(FaultPoint.MutexTaken);
        return result;
    }

    /// <summary>Gives the mutex back. Only for who holds it.</summary>
    public void Release()
    {
        Debug.Assert(Owner == ProcessWord.Self, "Only the owner releases.");
        TryRelease();
    }

    /// <summary>Gives the mutex back, whoever holds it.</summary>
    /// <returns>False when nobody did.</returns>
    public bool TryRelease()
    {
        long word = Volatile.Read(ref *_owner);
        while ((word & ~Flags) != 0)
        {
            long before = Interlocked.CompareExchange(ref *_owner, word & HungryBit, word);
            if (before == word)
            {
                FaultPoints.Reached(FaultPoint.MutexReleased);
                if ((word & WaitingBit) != 0)
                {
                    _spot.WakeOne();
                }

                return true;
            }

            word = before;
        }

        return false;
    }

    private MutexResult AcquireSlowly(Deadline deadline, Action? check, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = SharedWait.WakeWhenCancelled(_spot, cancellation);
        long begin = Stopwatch.GetTimestamp();
        SpinWait spin = default;
        TimeSpan slice = s_firstSlice;
        bool hasSlept = false;
        bool isTaken = false;
        try
        {
            while (true)
            {
                int ticket = _spot.Announce();
                long word = Volatile.Read(ref *_owner);
                TimeSpan left = deadline.Left;
                bool isOver = left <= TimeSpan.Zero || cancellation.IsCancellationRequested;
                if ((word & ~Flags) == 0)
                {
                    if ((word & HungryBit) == 0 || hasSlept || isOver)
                    {
                        // Others may sleep still, so the bit stays set: a wake-up too many wakes nobody, one too few would let somebody sleep.
                        long mine = ProcessWord.Self | (word & WaitingBit) | (hasSlept ? WaitingBit : 0);
                        if (Interlocked.CompareExchange(ref *_owner, mine, word) == word)
                        {
                            isTaken = true;
                            return MutexResult.Acquired;
                        }

                        continue;
                    }
                }
                else if ((hasSlept || isOver) && TakeOver(word))
                {
                    isTaken = true;
                    return MutexResult.Abandoned;
                }

                if (isOver)
                {
                    cancellation.ThrowIfCancellationRequested();
                    return MutexResult.TimedOut;
                }

                if (!spin.NextSpinWillYield)
                {
                    // Most holders are done before a sleep would have begun.
                    spin.SpinOnce(sleep1Threshold: -1);
                    continue;
                }

                check?.Invoke();
                long marked = word | WaitingBit | (hasSlept && Stopwatch.GetElapsedTime(begin) > s_hungryAfter ? HungryBit : 0);
                if (marked != word && Interlocked.CompareExchange(ref *_owner, marked, word) != word)
                {
                    continue;
                }

                FaultPoints.Reached(FaultPoint.MutexWaiting);
                hasSlept = true;
                _spot.Park(ticket, left < slice ? left : slice);
                slice = slice * SliceGrowth < s_lastSlice ? slice * SliceGrowth : s_lastSlice;
            }
        }
        finally
        {
            if (hasSlept && !isTaken)
            {
                // The wake-up that was meant for one of the waiters may have been spent on this one.
                _spot.WakeOne();
            }
        }
    }

    private bool TakeOver(long word) =>
        !ProcessWord.IsAlive(word & ~Flags) && Interlocked.CompareExchange(ref *_owner, ProcessWord.Self | AbandonedBit | WaitingBit, word) == word;
}

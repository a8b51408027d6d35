using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A mutual exclusion in shared memory that outlives its owner: when the process that holds it dies, the next one gets it and is told so.
/// It excludes threads of one process from each other as well. Not recursive. Uncontended, neither call enters the kernel.
/// </summary>
/// <remarks>
/// <para>
/// One 64-bit word says who holds it: 0 for nobody, else the owner's process id (32 bits), the low 31 bits of its start time, and a bit that says that
/// somebody waits. It is taken by one compare-and-swap from 0, with which the owner's name is there at once: there is no instruction at which it is held and its
/// holder unknown, which is what a death must not meet. It is given back by one exchange with 0.
/// </para>
/// <para>
/// A waiter sets the waiting bit and parks, for a slice at a time. After each slice it looks whether the named owner lives. If not, it takes over by
/// compare-and-swap from exactly the dead owner's word, so that of several waiters one succeeds, and a mutex that changed hands meanwhile is left alone.
/// What the dead owner protected may be half changed: the taker is told (<see cref="MutexResult.Abandoned"/>) and repairs it. An owner that is stopped lives, and only delays.
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
    // A look whether the owner lives costs tens of microseconds. The first comes soon, because a holder that was not killed is done sooner; then ever less often: ten looks a
    // second cost nothing that can be measured.
    private const int SliceGrowth = 4;
    private static readonly TimeSpan s_firstSlice = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_lastSlice = TimeSpan.FromMilliseconds(100);

    private readonly long* _owner = (long*)memory;
    private readonly ParkingSpot _spot = new((int*)(memory + sizeof(long)));

    /// <summary>True while somebody, dead or alive, holds it.</summary>
    public bool IsHeld => Volatile.Read(ref *_owner) != 0;

    /// <summary>Takes the mutex.</summary>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public MutexResult Acquire(TimeSpan timeout, CancellationToken cancellation = default)
    {
        MutexResult result = Interlocked.CompareExchange(ref *_owner, ProcessWord.Self, 0) == 0 ? MutexResult.Acquired : AcquireSlowly(timeout, cancellation);
        FaultPoints.Reached(FaultPoint.MutexTaken);
        return result;
    }

    /// <summary>Gives the mutex back. Only for who holds it.</summary>
    public void Release()
    {
        long before = Interlocked.Exchange(ref *_owner, 0);
        Debug.Assert((before & ~WaitingBit) == ProcessWord.Self, "Only the owner releases.");
        FaultPoints.Reached(FaultPoint.MutexReleased);
        if ((before & WaitingBit) != 0)
        {
            _spot.WakeOne();
        }
    }

    private MutexResult AcquireSlowly(TimeSpan timeout, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        ParkingSpot spot = _spot;
        using CancellationTokenRegistration registration = cancellation.CanBeCanceled
            ? cancellation.UnsafeRegister(static state => ((Action)state!)(), (Action)(() => spot.Wake()))
            : default;
        SpinWait spin = default;
        TimeSpan slice = s_firstSlice;
        while (true)
        {
            int ticket = _spot.Announce();
            long word = Volatile.Read(ref *_owner);
            if (word == 0)
            {
                // Others may wait still, so the bit stays set: a release too many wakes nobody, one too few would let somebody sleep.
                if (Interlocked.CompareExchange(ref *_owner, ProcessWord.Self | WaitingBit, 0) == 0)
                {
                    return MutexResult.Acquired;
                }

                continue;
            }

            TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : timeout - Stopwatch.GetElapsedTime(begin);
            if (left <= TimeSpan.Zero || cancellation.IsCancellationRequested)
            {
                // The wake-up that was meant for one of the waiters may have been spent on this one.
                _spot.WakeOne();
                cancellation.ThrowIfCancellationRequested();
                return MutexResult.TimedOut;
            }

            if (!spin.NextSpinWillYield)
            {
                // Most holders are done before a sleep would have begun.
                spin.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            if ((word & WaitingBit) == 0 && Interlocked.CompareExchange(ref *_owner, word | WaitingBit, word) != word)
            {
                continue;
            }

            _spot.Park(ticket, left < slice ? left : slice);
            slice = slice * SliceGrowth < s_lastSlice ? slice * SliceGrowth : s_lastSlice;
            word = Volatile.Read(ref *_owner);
            if (word != 0 && !ProcessWord.IsAlive(word & ~WaitingBit) && Interlocked.CompareExchange(ref *_owner, ProcessWord.Self | WaitingBit, word) == word)
            {
                return MutexResult.Abandoned;
            }
        }
    }
}

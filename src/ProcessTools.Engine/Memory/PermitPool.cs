using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A number of permits in shared memory that outlives those who hold them: what a process held when it died comes back. Uncontended, no call enters the kernel or makes garbage.
/// </summary>
/// <remarks>
/// <para>
/// A word says how many permits are free, and a table how many each process holds. Both change together, under a <see cref="SharedMutex"/>, by four steps: the old values and the number of the entry go into a journal, its number
/// last; the word is written; the entry is written; the journal's number is erased. Each of the stores is a release, so that they are seen in this order. Who takes the mutex over from the dead and finds a number in the journal
/// puts the old values back, which it may do twice: a death at any instruction leaves what was before, or what was to be. A permit given back by who holds none is one store, and needs no journal.
/// </para>
/// <para>
/// What a dead process held comes back when somebody who waits looks around (each slice, and when its time is over), or reads how many are free; never more than are missing from the initial number, because a semaphore that is used
/// as a signal, where one takes and another gives, counts what was long given back as held by the taker. For the same reason such a semaphore with an initial number above 0 can get permits back that are not missing.
/// </para>
/// <para>
/// A permit that came back so is fresh until somebody takes it; the fresh go first. Who took one is marked until its process gives a permit back.
/// </para>
/// <para>
/// Waiters sleep on one parking spot. A permit given back wakes one, which wakes the next when it has taken one and sees more. One that is woken and dies costs the next a slice.
/// When all <see cref="MostHolders"/> entries are those of living holders, the next holder is not in the table, and its permits do not come back when it dies.
/// </para>
/// </remarks>
internal sealed unsafe class PermitPool(byte* memory)
{
    /// <summary>The bytes that one takes, aligned to 8.</summary>
    public const int Size = TableOffset + (MostHolders * EntrySize);

    /// <summary>The most processes whose permits are counted.</summary>
    public const int MostHolders = 1024;

    private const int SpotOffset = SharedMutex.Size;
    private const int InitialOffset = SpotOffset + ParkingSpot.Size;
    private const int MostOffset = InitialOffset + sizeof(int);
    private const int StateOffset = MostOffset + sizeof(int);
    private const int ReclaimedOffset = StateOffset + sizeof(long);
    private const int JournalOffset = ReclaimedOffset + sizeof(long);
    private const int OldStateOffset = JournalOffset + sizeof(long);
    private const int OldCountOffset = OldStateOffset + sizeof(long);
    private const int OldReclaimedOffset = OldCountOffset + sizeof(long);
    private const int NeverOffset = OldReclaimedOffset + sizeof(long);
    private const int TableOffset = 128;
    private const int EntrySize = 16;
    private const int None = -1;
    private const long FreshPermit = 1L << 32;
    private const long FreshMark = 1L << 32;

    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(1);
    private static readonly long s_lookTicks = (long)(SharedWait.Slice.TotalSeconds * 0.8 * Stopwatch.Frequency);

    private readonly byte* _memory = memory;
    private readonly SharedMutex _mutex = new(memory);
    private readonly ParkingSpot _spot = new((int*)(memory + SpotOffset));
    private readonly long* _state = (long*)(memory + StateOffset);
    private SpinPolicy _spin = new();
    private int _index = None;
    private long _lastLook;

    /// <summary>How many are free.</summary>
    public int Value => (int)Volatile.Read(ref *_state);

    /// <summary>How many there were at first.</summary>
    public int Initial => *(int*)(_memory + InitialOffset);

    /// <summary>How many of the dead came back so far.</summary>
    public long Reclaimed => Volatile.Read(ref *ReclaimedWord);

    /// <summary>True when this process has taken a permit of the dead, and given none back since.</summary>
    public bool HasFresh
    {
        get
        {
            int index = Find();
            return index != None && Volatile.Read(ref *Count(index)) >= FreshMark;
        }
    }

    private long* ReclaimedWord => (long*)(_memory + ReclaimedOffset);

    private int* Journal => (int*)(_memory + JournalOffset);

    /// <summary>Writes a new one into memory that is all zeros.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="initial">How many permits there are.</param>
    /// <param name="most">How many there may ever be.</param>
    public static void Format(byte* memory, int initial, int most)
    {
        *(int*)(memory + InitialOffset) = initial;
        *(int*)(memory + MostOffset) = most;
        *(long*)(memory + StateOffset) = initial;
    }

    /// <summary>Takes a permit.</summary>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Take(TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        if (TryTake(timeout, check, cancellation, out _))
        {
            return true;
        }

        if (timeout != TimeSpan.Zero)
        {
            return TakeSlowly(Deadline.After(timeout), check, cancellation);
        }

        Reclaim();
        return TryTake(timeout, check, cancellation, out _);
    }

    /// <summary>Gives permits back.</summary>
    /// <param name="count">How many.</param>
    /// <returns>False when there would be more than there may be; then none was given.</returns>
    public bool Give(int count)
    {
        // Nothing ends this: who cleans up after Ctrl+C gives back too.
        Enter(Timeout.InfiniteTimeSpan, null, default);
        long state = *_state;
        if ((long)(int)state + count > *(int*)(_memory + MostOffset))
        {
            _mutex.Release();
            return false;
        }

        int index = Find();
        long held = index == None ? 0 : Math.Max(0, (int)*Count(index) - count);
        Write(index, state + count, held, *ReclaimedWord);
        _mutex.Release();
        if (count == 1)
        {
            _spot.WakeOneIfWaiting();
        }
        else
        {
            _spot.WakeIfWaiting();
        }

        return true;
    }

    /// <summary>Gets back what dead processes hold, unless somebody in this process looked for them just now.</summary>
    /// <param name="isLast">True to look in any case.</param>
    public void Reclaim(bool isLast = false)
    {
        long now = Stopwatch.GetTimestamp();
        if (!isLast && now - Volatile.Read(ref _lastLook) < s_lookTicks)
        {
            return;
        }

        Volatile.Write(ref _lastLook, now);
        for (int index = 0; index < MostHolders; index++)
        {
            // A look whether a process lives is long, so it is taken without the mutex: the dead stay dead.
            long process = Volatile.Read(ref *Process(index));
            if (process != 0 && (int)Volatile.Read(ref *Count(index)) > 0 && !ProcessWord.IsAlive(process) && Enter(s_lockPatience, null, default))
            {
                if (*Process(index) == process)
                {
                    ReclaimFrom(index);
                }

                _mutex.Release();
                _spot.WakeOneIfWaiting();
            }
        }
    }

    private static int IndexIn(byte* memory, long process)
    {
        for (int index = 0; index < MostHolders; index++)
        {
            if (Volatile.Read(ref *(long*)(memory + TableOffset + (index * EntrySize))) == process)
            {
                return index;
            }
        }

        return None;
    }

    // As a signal, a semaphore may be taken any number of times by a process that never gives.
    private static long OneMore(long count) => (int)count == int.MaxValue ? count : count + 1;

    private long* Process(int index) => (long*)(_memory + TableOffset + (index * EntrySize));

    private long* Count(int index) => Process(index) + 1;

    private bool TakeSlowly(Deadline deadline, Action? check, CancellationToken cancellation)
    {
        Action look = () =>
        {
            check?.Invoke();
            Reclaim();
        };
        bool isTaken = false;
        bool hasWaited = false;
        try
        {
            while (true)
            {
                long seen = Volatile.Read(ref *_state);
                if ((int)seen > 0)
                {
                    isTaken = TryTake(deadline.Left, check, cancellation, out bool areMore);
                    if (isTaken && areMore && hasWaited)
                    {
                        _spot.WakeOne();
                    }

                    if (isTaken || deadline.Left <= TimeSpan.Zero)
                    {
                        return isTaken;
                    }

                    continue;
                }

                if (!SharedWait.UntilChanged(_state, seen, (int*)(_memory + NeverOffset), _spot, ref _spin, deadline, look, cancellation))
                {
                    Reclaim(isLast: true);
                    return isTaken = TryTake(TimeSpan.Zero, check, cancellation, out _);
                }

                hasWaited = true;
            }
        }
        finally
        {
            // The wake-up that was meant for one of the waiters may have been spent on this one.
            if (!isTaken && hasWaited && Value > 0)
            {
                _spot.WakeOne();
            }
        }
    }

    /// <summary>Takes a permit that is free now.</summary>
    private bool TryTake(TimeSpan timeout, Action? check, CancellationToken cancellation, out bool areMore)
    {
        areMore = false;
        if (Value <= 0 || !Enter(timeout, check, cancellation))
        {
            return false;
        }

        bool isFree = Value > 0;
        if (isFree)
        {
            int index = FindOrClaim();
            long state = *_state;
            bool isFresh = state >= FreshPermit;
            Write(index, state - 1 - (isFresh ? FreshPermit : 0), index == None ? 0 : OneMore(*Count(index)) | (isFresh ? FreshMark : 0), *ReclaimedWord);
            areMore = (int)state > 1;
        }

        _mutex.Release();
        return isFree;
    }

    private void ReclaimFrom(int index)
    {
        long state = *_state;
        int missing = Math.Max(0, Initial - (int)state);
        int back = Math.Min((int)*Count(index), missing);
        Write(index, state + back + (back * FreshPermit), 0, *ReclaimedWord + back);
        Volatile.Write(ref *Process(index), 0);
    }

    /// <summary>Changes the word, one entry and the number of the reclaimed, all or none (see the remarks).</summary>
    private void Write(int index, long state, long count, long reclaimed)
    {
        if (index == None)
        {
            Volatile.Write(ref *_state, state);
            return;
        }

        *(long*)(_memory + OldStateOffset) = *_state;
        *(long*)(_memory + OldCountOffset) = *Count(index);
        *(long*)(_memory + OldReclaimedOffset) = *ReclaimedWord;
        Volatile.Write(ref *Journal, index + 1);
        FaultPoints.Reached(FaultPoint.PermitJournaled);
        Volatile.Write(ref *_state, state);
        FaultPoints.Reached(FaultPoint.PermitMoved);
        Volatile.Write(ref *Count(index), count);
        Volatile.Write(ref *ReclaimedWord, reclaimed);
        FaultPoints.Reached(FaultPoint.PermitCounted);
        Volatile.Write(ref *Journal, 0);
    }

    private bool Enter(TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        // It is held for some instructions only: who does not want to wait for a permit waits for it still, as long as nobody was stopped there.
        TimeSpan patience = timeout == Timeout.InfiniteTimeSpan || timeout > s_lockPatience ? timeout : s_lockPatience;
        MutexResult result = _mutex.Acquire(patience, check, cancellation);
        if (result == MutexResult.Abandoned && *Journal != 0)
        {
            Volatile.Write(ref *Count(*Journal - 1), *(long*)(_memory + OldCountOffset));
            Volatile.Write(ref *ReclaimedWord, *(long*)(_memory + OldReclaimedOffset));
            Volatile.Write(ref *_state, *(long*)(_memory + OldStateOffset));
            Volatile.Write(ref *Journal, 0);
        }

        return result != MutexResult.TimedOut;
    }

    private int Find()
    {
        int index = Volatile.Read(ref _index);
        if (index == None || Volatile.Read(ref *Process(index)) != ProcessWord.Self)
        {
            index = IndexIn(_memory, ProcessWord.Self);
            Volatile.Write(ref _index, index);
        }

        return index;
    }

    /// <summary>This process's entry, made when there is none. Under the mutex, so that a process has one only.</summary>
    private int FindOrClaim()
    {
        int index = Find();
        if (index != None)
        {
            return index;
        }

        index = IndexIn(_memory, 0);
        for (int other = 0; index == None && other < MostHolders; other++)
        {
            // Who holds nothing needs no entry, and what a dead process held comes back now at the latest.
            if (*Count(other) != 0 && !ProcessWord.IsAlive(*Process(other)))
            {
                ReclaimFrom(other);
            }

            index = *Count(other) == 0 ? other : None;
        }

        if (index != None)
        {
            *Count(index) = 0;
            Volatile.Write(ref *Process(index), ProcessWord.Self);
            Volatile.Write(ref _index, index);
        }

        return index;
    }
}

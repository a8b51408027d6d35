using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Those who wait to be notified, in shared memory, in the order in which they came. A notification reaches one of those who waited when it was given: when its receiver died before it took note, the next of them.
/// </summary>
/// <remarks>
/// <para>
/// Each waiter has a slot: its process, the number of its turn with the slot's stage in the lowest bits, the number of the last turn that there was when it was notified, and where it sleeps. Slots change under a
/// <see cref="SharedMutex"/>; a waiter reads its own stage without. A slot is listed by its process first and its stage last, and unlisted the other way round, so that one of a dead process without a stage is free.
/// </para>
/// <para>
/// A waiter that was notified takes note when it has its lock again and leaves: one that dies before has done nothing with the notification, so it is passed on, by another waiter when it looks around, or by the next who notifies.
/// Only those who waited at the notification's time can get it: who came later held the lock meanwhile, and saw what the notification tells. Whoever passes it on notifies the next first and frees the dead one's slot then; one that dies
/// between passes it on twice, and a waiter wakes without a notification of its own. None is lost.
/// </para>
/// </remarks>
internal sealed unsafe class ConditionQueue(byte* memory)
{
    /// <summary>The bytes that one takes, aligned to 8; zeros at first.</summary>
    public const int Size = TableOffset + (MostWaiters * SlotSize);

    /// <summary>The most waiters.</summary>
    public const int MostWaiters = 1024;

    private const int TurnsOffset = SharedMutex.Size;
    private const int UsedOffset = TurnsOffset + sizeof(long);
    private const int NeverOffset = UsedOffset + sizeof(int);
    private const int TableOffset = 64;
    private const int SlotSize = 32;
    private const int Full = -1;

    private const long StageBits = 3;
    private const long IsWaiting = 1;
    private const long IsNotified = 2;
    private const long OneTurn = StageBits + 1;

    private static readonly long s_lookTicks = (long)(SharedWait.Slice.TotalSeconds * 0.8 * Stopwatch.Frequency);

    private readonly byte* _memory = memory;
    private readonly SharedMutex _mutex = new(memory);
    private readonly long* _turns = (long*)(memory + TurnsOffset);
    private readonly int* _used = (int*)(memory + UsedOffset);
    private SpinPolicy _spin = new();
    private long _lastLook;

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            int waiting = 0;
            for (int index = 0; index < Volatile.Read(ref *_used); index++)
            {
                if (Stage(index) == IsWaiting && ProcessWord.IsAlive(Volatile.Read(ref *Process(index))))
                {
                    waiting++;
                }
            }

            return waiting;
        }
    }

    /// <summary>Lists the calling thread as one that waits, before it gives up its lock.</summary>
    /// <param name="check">Called now and then while a stopped process is in the way; may throw.</param>
    /// <returns>Its slot, or -1 when there are too many.</returns>
    public int List(Action? check)
    {
        _mutex.Acquire(Timeout.InfiniteTimeSpan, check, default);
        int index = FindFree();
        if (index == Full)
        {
            FreeDead();
            index = FindFree();
        }

        if (index != Full)
        {
            *_used = Math.Max(*_used, index + 1);
            Volatile.Write(ref *Process(index), ProcessWord.Self);
            *_turns += OneTurn;
            Volatile.Write(ref *Turn(index), *_turns | IsWaiting);
        }

        _mutex.Release();
        return index;
    }

    /// <summary>Waits in a slot until notified.</summary>
    /// <param name="index">The slot.</param>
    /// <param name="deadline">When the time is over.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Wait(int index, Deadline deadline, Action? check, CancellationToken cancellation)
    {
        long seen = Volatile.Read(ref *Turn(index));
        if ((seen & StageBits) == IsWaiting)
        {
            Action look = () =>
            {
                check?.Invoke();
                Look();
            };
            SharedWait.UntilChanged(Turn(index), seen, (int*)(_memory + NeverOffset), Spot(index), ref _spin, deadline, look, cancellation);
        }
    }

    /// <summary>Frees a slot, when its waiter has its lock again.</summary>
    /// <param name="index">The slot.</param>
    /// <param name="passesOn">True when the waiter does not use a notification that it got; the next gets it.</param>
    /// <returns>True when it was notified.</returns>
    public bool Leave(int index, bool passesOn)
    {
        Enter();
        bool isNotified = Stage(index) == IsNotified;
        if (isNotified && passesOn)
        {
            PassOn(index);
        }

        Free(index);
        _mutex.Release();
        return isNotified;
    }

    /// <summary>Notifies those who have waited longest.</summary>
    /// <param name="count">How many at most.</param>
    public void Notify(int count)
    {
        Enter();
        long last = *_turns;
        if (count >= *_used)
        {
            for (int index = 0; index < *_used; index++)
            {
                NotifyOne(index, last);
            }
        }
        else
        {
            while (count-- > 0 && NotifyOne(FindFirst(last), last))
            {
                // The next.
            }
        }

        _mutex.Release();
    }

    private long* Process(int index) => (long*)(_memory + TableOffset + (index * SlotSize));

    private long* Turn(int index) => Process(index) + 1;

    private long* LastTurn(int index) => Process(index) + 2;

    private ParkingSpot Spot(int index) => new((int*)(Process(index) + 3));

    private long Stage(int index) => Volatile.Read(ref *Turn(index)) & StageBits;

    private void Enter() => _mutex.Acquire(Timeout.InfiniteTimeSpan);

    private int FindFree()
    {
        for (int index = 0; index < MostWaiters; index++)
        {
            if (*Process(index) == 0)
            {
                return index;
            }
        }

        return Full;
    }

    /// <summary>The waiter of the lowest turn, up to a last one.</summary>
    private int FindFirst(long last)
    {
        int first = Full;
        for (int index = 0; index < *_used; index++)
        {
            if (Stage(index) == IsWaiting && *Turn(index) <= (last | StageBits) && (first == Full || *Turn(index) < *Turn(first)))
            {
                first = index;
            }
        }

        return first;
    }

    private bool NotifyOne(int index, long last)
    {
        if (index == Full || Stage(index) != IsWaiting)
        {
            return false;
        }

        *LastTurn(index) = last;
        Volatile.Write(ref *Turn(index), (*Turn(index) & ~StageBits) | IsNotified);
        FaultPoints.Reached(FaultPoint.ConditionMarked);
        Spot(index).WakeIfWaiting();
        return true;
    }

    private void PassOn(int index)
    {
        long last = *LastTurn(index);
        NotifyOne(FindFirst(last), last);
        FaultPoints.Reached(FaultPoint.ConditionPassed);
    }

    private void Free(int index)
    {
        Volatile.Write(ref *Turn(index), 0);
        Volatile.Write(ref *Process(index), 0);
        while (*_used > 0 && *Process(*_used - 1) == 0)
        {
            (*_used)--;
        }
    }

    /// <summary>Looks for dead waiters, unless somebody in this process did so just now.</summary>
    private void Look()
    {
        long now = Stopwatch.GetTimestamp();
        if (now - Volatile.Read(ref _lastLook) < s_lookTicks)
        {
            return;
        }

        Volatile.Write(ref _lastLook, now);
        for (int index = 0; index < Volatile.Read(ref *_used); index++)
        {
            long process = Volatile.Read(ref *Process(index));
            if (process != 0 && !ProcessWord.IsAlive(process))
            {
                Enter();
                FreeDead();
                _mutex.Release();
                return;
            }
        }
    }

    private void FreeDead()
    {
        for (int index = *_used - 1; index >= 0; index--)
        {
            long process = *Process(index);
            if (process != 0 && !ProcessWord.IsAlive(process))
            {
                if (Stage(index) == IsNotified)
                {
                    PassOn(index);
                }

                Free(index);
            }
        }
    }
}

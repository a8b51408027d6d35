using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Where a number of parties, threads of any processes, wait in shared memory until all are there. Broken by whoever gives up, by the death of one that waits, and by that of one that was there in the round before.
/// </summary>
/// <remarks>
/// <para>
/// Each visitor has a slot, from its coming until it has read how its visit ended: its process, and the number of its round with the outcome in the lowest bits. Slots of the present round whose outcome is "waiting" are the parties that
/// are there. All changes are made under a <see cref="SharedMutex"/>; a visitor reads its own outcome, and frees its slot, without.
/// </para>
/// <para>
/// A round ends by one store: the decision, which names the round and how it ends. What follows from it (the list of those who were there, the flag of a broken barrier, the outcome in each slot, the next round) can be done
/// twice: whoever takes the mutex over from the dead does it to the end when the decision is that of the present round. That the list is written is noted in the decision, because slots may be free as soon as they have the outcome. The next round begins last. A death at any instruction leaves the round as it was, or ended for all. A wake-up that the dead did not give comes at the end of the waiters' slice.
/// </para>
/// <para>
/// Who lists itself as the last looks whether the others live, and each waiter looks once a slice whether those who wait, and those of the round before, live. A process that ends in good order takes itself off the list of the round
/// before (<see cref="Withdraw"/>): it may have done its part.
/// </para>
/// </remarks>
internal sealed unsafe class BarrierGate
{
    private const int SpotOffset = SharedMutex.Size;
    private const int PartiesOffset = SpotOffset + ParkingSpot.Size;
    private const int BrokenOffset = PartiesOffset + sizeof(int);
    private const int RoundOffset = BrokenOffset + sizeof(int);
    private const int DecisionOffset = RoundOffset + sizeof(long);
    private const int NeverOffset = DecisionOffset + sizeof(long);
    private const int MembersOffset = 64;
    private const int SlotSize = 16;

    // Those of a round that has ended may take their time to leave while the next round's come.
    private const int SpareSlots = 64;

    private const long OutcomeBits = 7;

    // In the decision: the list of those who were there is written.
    private const long IsListed = 8;
    private const long OneRound = 16;
    private const int Full = -1;

    private static readonly TimeSpan s_exitPatience = TimeSpan.FromMilliseconds(100);
    private static readonly long s_lookTicks = (long)(SharedWait.Slice.TotalSeconds * 0.8 * Stopwatch.Frequency);

    private readonly byte* _memory;
    private readonly SharedMutex _mutex;
    private readonly ParkingSpot _spot;
    private readonly long* _round;
    private readonly long* _decision;
    private readonly int* _broken;
    private readonly int _slots;
    private SpinPolicy _spin = new();
    private long _lastLook;

    /// <summary>Uses one.</summary>
    public BarrierGate(byte* memory)
    {
        _memory = memory;
        _mutex = new SharedMutex(memory);
        _spot = new ParkingSpot((int*)(memory + SpotOffset));
        _round = (long*)(memory + RoundOffset);
        _decision = (long*)(memory + DecisionOffset);
        _broken = (int*)(memory + BrokenOffset);
        Parties = *(int*)(memory + PartiesOffset);
        _slots = SlotsFor(Parties);
    }

    /// <summary>How many parties it takes.</summary>
    public int Parties { get; }

    /// <summary>How many wait.</summary>
    public int Waiting => CountWaiting(Volatile.Read(ref *_round));

    /// <summary>True when it is broken.</summary>
    public bool IsBroken => Volatile.Read(ref *_broken) != 0;

    /// <summary>The bytes that one takes.</summary>
    public static long SizeFor(int parties) => MembersOffset + ((long)parties * sizeof(long)) + ((long)SlotsFor(parties) * SlotSize);

    /// <summary>Writes a new one into memory that is all zeros.</summary>
    public static void Format(byte* memory, int parties) => *(int*)(memory + PartiesOffset) = parties;

    /// <summary>Waits until all parties are there.</summary>
    /// <param name="deadline">When the time is over, which breaks the barrier.</param>
    /// <param name="action">What the last party does before the others go on; when it throws, the barrier breaks. Null for nothing.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw, which breaks the barrier.</param>
    /// <param name="cancellation">Ends the wait, which breaks the barrier.</param>
    /// <param name="position">How many came before.</param>
    /// <returns>How the visit ended; never <see cref="BarrierOutcome.Waiting"/>.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public BarrierOutcome Visit(Deadline deadline, Action? action, Action? check, CancellationToken cancellation, out int position)
    {
        Action look = () =>
        {
            check?.Invoke();
            LookForDead();
        };
        int slot = Arrive(deadline, check, look, action is not null, cancellation, out position, out BarrierOutcome outcome);
        if (slot == Full)
        {
            return outcome;
        }

        try
        {
            if (position == Parties - 1 && OutcomeOf(slot) == BarrierOutcome.Waiting)
            {
                action!();
                End(slot, BarrierOutcome.Passed);
            }
            else if (!WaitIn(slot, deadline, look, cancellation))
            {
                End(slot, BarrierOutcome.TimedOut);
            }
        }
        catch (OperationCanceledException)
        {
            // When all came before the cancellation did, they go on, and so does this one.
            if (End(slot, BarrierOutcome.Broken) != BarrierOutcome.Passed)
            {
                throw;
            }
        }
        finally
        {
            outcome = End(slot, BarrierOutcome.Broken);
            Volatile.Write(ref *VisitWord(slot), 0);
            Volatile.Write(ref *Process(slot), 0);
        }

        return outcome;
    }

    /// <summary>Ends the round for those who wait.</summary>
    /// <param name="outcome">How; <see cref="BarrierOutcome.Reset"/> makes it whole, anything else breaks it.</param>
    public void Break(BarrierOutcome outcome)
    {
        Enter(Timeout.InfiniteTimeSpan, null, default);
        Decide(outcome);
        Leave();
    }

    /// <summary>Takes this process off the list of those whose death breaks the barrier, because it ends in good order.</summary>
    public void Withdraw()
    {
        if (Enter(s_exitPatience, null, default))
        {
            for (int index = 0; index < Parties; index++)
            {
                if (*Member(index) == ProcessWord.Self)
                {
                    Volatile.Write(ref *Member(index), 0);
                }
            }

            _mutex.Release();
        }
    }

    /// <summary>True when this process was there in the round before.</summary>
    public bool IsMember()
    {
        for (int index = 0; index < Parties; index++)
        {
            if (Volatile.Read(ref *Member(index)) == ProcessWord.Self)
            {
                return true;
            }
        }

        return false;
    }

    private static int SlotsFor(int parties) => checked((parties * 2) + SpareSlots);

    private long* Member(int index) => (long*)(_memory + MembersOffset) + index;

    private long* Process(int slot) => (long*)(_memory + MembersOffset) + Parties + (slot * (SlotSize / sizeof(long)));

    private long* VisitWord(int slot) => Process(slot) + 1;

    private BarrierOutcome OutcomeOf(int slot) => (BarrierOutcome)(Volatile.Read(ref *VisitWord(slot)) & OutcomeBits);

    private bool IsWaitingIn(long round, int slot) => Volatile.Read(ref *VisitWord(slot)) == (round | (long)BarrierOutcome.Waiting);

    private int CountWaiting(long round)
    {
        int count = 0;
        for (int slot = 0; slot < _slots; slot++)
        {
            count += IsWaitingIn(round, slot) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Lists the calling thread as a party.</summary>
    /// <returns>Its slot, or -1 with the outcome when it cannot be one.</returns>
    private int Arrive(Deadline deadline, Action? check, Action look, bool hasAction, CancellationToken cancellation, out int position, out BarrierOutcome outcome)
    {
        while (true)
        {
            Enter(Timeout.InfiniteTimeSpan, check, cancellation);
            long round = *_round;
            outcome = (BarrierOutcome)(*_broken);
            position = CountWaiting(round);
            int slot = outcome == 0 && position < Parties ? FindFree(round) : Full;
            if (slot != Full)
            {
                List(slot, round, isLast: position == Parties - 1, hasAction);
            }

            _mutex.Release();
            if (slot != Full || outcome != 0)
            {
                if (slot != Full && OutcomeOf(slot) != BarrierOutcome.Waiting)
                {
                    _spot.WakeIfWaiting();
                }

                return slot;
            }

            // All are there and the last one runs its action, so this one comes to the next round; or too many of earlier rounds have not read their outcome.
            Deadline pause = deadline.Left < SharedWait.Slice ? deadline : Deadline.After(SharedWait.Slice);
            if (!SharedWait.UntilChanged(_round, round, (int*)(_memory + NeverOffset), _spot, ref _spin, pause, look, cancellation) && deadline.Left <= TimeSpan.Zero)
            {
                Break(outcome = BarrierOutcome.TimedOut);
                return Full;
            }
        }
    }

    private void List(int slot, long round, bool isLast, bool hasAction)
    {
        Volatile.Write(ref *Process(slot), ProcessWord.Self);
        Volatile.Write(ref *VisitWord(slot), round | (long)BarrierOutcome.Waiting);
        FaultPoints.Reached(FaultPoint.BarrierListed);
        if (isLast && HasDeadWaiter(round))
        {
            Decide(BarrierOutcome.Died);
        }
        else if (isLast && !hasAction)
        {
            Decide(BarrierOutcome.Passed);
        }
    }

    private bool WaitIn(int slot, Deadline deadline, Action look, CancellationToken cancellation)
    {
        FaultPoints.Reached(FaultPoint.BarrierWaiting);
        long seen = Volatile.Read(ref *VisitWord(slot));
        return (BarrierOutcome)(seen & OutcomeBits) != BarrierOutcome.Waiting
            || SharedWait.UntilChanged(VisitWord(slot), seen, (int*)(_memory + NeverOffset), _spot, ref _spin, deadline, look, cancellation);
    }

    /// <summary>Ends the round of a visit that waits still.</summary>
    /// <returns>How the visit ended.</returns>
    private BarrierOutcome End(int slot, BarrierOutcome outcome)
    {
        if (OutcomeOf(slot) == BarrierOutcome.Waiting)
        {
            Enter(Timeout.InfiniteTimeSpan, null, default);
            if (OutcomeOf(slot) == BarrierOutcome.Waiting)
            {
                Decide(outcome);
            }

            Leave();
        }

        return OutcomeOf(slot);
    }

    private void Decide(BarrierOutcome outcome)
    {
        Volatile.Write(ref *_decision, *_round | (long)outcome);
        FaultPoints.Reached(FaultPoint.BarrierDecided);
        CarryOut();
    }

    /// <summary>Does what follows from the decision; may be done twice.</summary>
    private void CarryOut()
    {
        long round = *_round;
        long visit = *_decision & ~IsListed;
        BarrierOutcome outcome = (BarrierOutcome)(visit & OutcomeBits);
        if (*_decision == visit)
        {
            WriteMembers(round, outcome == BarrierOutcome.Passed);
            Volatile.Write(ref *_decision, visit | IsListed);
        }

        Volatile.Write(ref *_broken, outcome is BarrierOutcome.Passed or BarrierOutcome.Reset ? 0 : (int)outcome);
        for (int slot = 0; slot < _slots; slot++)
        {
            if (IsWaitingIn(round, slot))
            {
                Volatile.Write(ref *VisitWord(slot), visit);
            }
        }

        FaultPoints.Reached(FaultPoint.BarrierTold);
        Volatile.Write(ref *_round, round + OneRound);
        FaultPoints.Reached(FaultPoint.BarrierTurned);
    }

    private void WriteMembers(long round, bool arePresent)
    {
        int members = 0;
        for (int slot = 0; slot < _slots && arePresent; slot++)
        {
            if (IsWaitingIn(round, slot))
            {
                *Member(members++) = *Process(slot);
            }
        }

        for (; members < Parties; members++)
        {
            *Member(members) = 0;
        }
    }

    private bool Enter(TimeSpan timeout, Action? check, CancellationToken cancellation)
    {
        MutexResult result = _mutex.Acquire(timeout, check, cancellation);
        if (result == MutexResult.Abandoned && *_decision != 0 && (*_decision & ~(OutcomeBits | IsListed)) == *_round)
        {
            CarryOut();
        }

        return result != MutexResult.TimedOut;
    }

    private void Leave()
    {
        _mutex.Release();
        _spot.WakeIfWaiting();
    }

    private int FindFree(long round)
    {
        for (int slot = 0; slot < _slots; slot++)
        {
            if (Volatile.Read(ref *Process(slot)) == 0)
            {
                return slot;
            }
        }

        // Visitors of earlier rounds that have not read their outcome: the dead never will.
        for (int slot = 0; slot < _slots; slot++)
        {
            if (!IsWaitingIn(round, slot) && !ProcessWord.IsAlive(*Process(slot)))
            {
                return slot;
            }
        }

        return Full;
    }

    /// <summary>Breaks the barrier when one that waits, or was there in the round before, has died, unless somebody in this process looked just now.</summary>
    private void LookForDead()
    {
        long now = Stopwatch.GetTimestamp();
        if (now - Volatile.Read(ref _lastLook) < s_lookTicks)
        {
            return;
        }

        Volatile.Write(ref _lastLook, now);
        long round = Volatile.Read(ref *_round);
        if (HasDeadWaiter(round) || HasDeadMember())
        {
            // Looked at once more where nobody can come, go, or take itself off the list.
            Enter(Timeout.InfiniteTimeSpan, null, default);
            if (*_round == round && (HasDeadWaiter(round) || HasDeadMember()))
            {
                Decide(BarrierOutcome.Died);
            }

            Leave();
        }
    }

    private bool HasDeadWaiter(long round)
    {
        for (int slot = 0; slot < _slots; slot++)
        {
            if (IsWaitingIn(round, slot) && !ProcessWord.IsAlive(Volatile.Read(ref *Process(slot))))
            {
                return true;
            }
        }

        return false;
    }

    private bool HasDeadMember()
    {
        for (int index = 0; index < Parties; index++)
        {
            long process = Volatile.Read(ref *Member(index));
            if (process != 0 && !ProcessWord.IsAlive(process))
            {
                return true;
            }
        }

        return false;
    }
}

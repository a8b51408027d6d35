using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Decides how long a waiter spins before it sleeps, and spins. A sleep and the wake-up cost tens of microseconds on each side; an answer that comes sooner
/// is cheaper to spin for. Waits that are answered while spinning keep the budget high; waits that end asleep let it fall to almost nothing, so
/// that an idle or slow partner costs no processor; and now and then a full spin is tried again. One per waiting side; a race between threads of one side only makes one of them wait
/// a little longer.
/// </summary>
/// <remarks>
/// Two partners that both sleep find back to spinning when one of them spins for longer than the other takes to wake up and answer. Measured on a virtual machine, that is
/// 70 to 120 us, so a full spin is longer. A spinner that finds that it did not run for a while shares its processor with somebody who has work: then spinning takes from the
/// partner the time in which it could answer, and is left alone for a while, longer each time.
/// </remarks>
internal struct SpinPolicy()
{
    private const int MostMicroseconds = 200;
    private const int DisplacedMicroseconds = 40;

    // One that yields is displaced by its partner too, for as long as that has work; by others for a slice of the scheduler, some milliseconds.
    private const int DisplacedByOthersMicroseconds = 500;
    private const int FirstRestMicroseconds = 10_000;
    private const int MostRestMicroseconds = 320_000;

    // After so many sleeps in a row one full spin is tried, so that a partner that became quick is noticed.
    private const int ProbeInterval = 16;

    // The clock costs as much as several looks, so it is read for every few of them only.
    private const int LooksPerClock = 16;

    // On one processor the partner cannot answer while we spin.
    private static readonly long s_mostTicks = Environment.ProcessorCount < 2 ? 0 : Ticks(MostMicroseconds);
    private static readonly long s_displacedTicks = Ticks(DisplacedMicroseconds);
    private static readonly long s_displacedByOthersTicks = Ticks(DisplacedByOthersMicroseconds);
    private static readonly long s_firstRestTicks = Ticks(FirstRestMicroseconds);
    private static readonly long s_mostRestTicks = Ticks(MostRestMicroseconds);

    private long _budget = s_mostTicks;

    /// <summary>
    /// True to offer the processor to others with each look at the clock. For partners that may find themselves on one processor, where the one that spins keeps the other from its answer; as both stay ready to run, the system
    /// soon moves one of them away.
    /// </summary>
    public bool Yields { get; init; }

    private int _sleeps;
    private long _rest;
    private long _restUntil;

    /// <summary>Spins for a condition; if that was not enough, the caller sleeps.</summary>
    /// <param name="condition">The condition; looked at at least once.</param>
    /// <returns>True when it was met.</returns>
    public bool Spin<TCondition>(in TCondition condition)
        where TCondition : struct, ICondition
    {
        // What is there already costs no look at the clock.
        if (Look(condition))
        {
            return true;
        }

        long now = Stopwatch.GetTimestamp();
        long end = now + (now < _restUntil ? 0 : _budget);
        while (now < end)
        {
            if (Look(condition))
            {
                _sleeps = 0;
                _budget = s_mostTicks;
                _rest = 0;
                return true;
            }

            if (Yields)
            {
                Thread.Yield();
            }

            long last = now;
            now = Stopwatch.GetTimestamp();
            if (now - last > (Yields ? s_displacedByOthersTicks : s_displacedTicks))
            {
                _rest = _rest == 0 ? s_firstRestTicks : Math.Min(_rest * 2, s_mostRestTicks);
                _restUntil = now + _rest;
                return Look(condition);
            }
        }

        if (++_sleeps % ProbeInterval == 0)
        {
            _budget = s_mostTicks;
        }
        else
        {
            _budget /= 4;
        }

        return false;
    }

    private static long Ticks(long microseconds) => Stopwatch.Frequency * microseconds / 1_000_000;

    private static bool Look<TCondition>(in TCondition condition)
        where TCondition : struct, ICondition
    {
        for (int look = 0; look < LooksPerClock; look++)
        {
            if (condition.IsMet)
            {
                return true;
            }

            Thread.SpinWait(1);
        }

        return false;
    }
}

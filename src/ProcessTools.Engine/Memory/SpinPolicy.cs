using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Decides how long a waiter spins before it sleeps. A sleep and the wake-up cost some 40 us on each side; an answer that comes sooner
/// is cheaper to spin for. Waits that are answered while spinning keep the budget high; waits that end asleep let it fall to almost nothing, so
/// that an idle or slow partner costs no processor; and now and then a full spin is tried again. One per waiting side; not thread-safe.
/// </summary>
internal struct SpinPolicy()
{
    // A spin longer than a sleep and a wake-up together can only lose.
    private const int MostMicroseconds = 60;

    // After so many sleeps in a row one full spin is tried, so that a partner that became quick is noticed.
    private const int ProbeInterval = 16;

    // On one processor the partner cannot answer while we spin.
    private static readonly long s_mostTicks =
        Environment.ProcessorCount < 2 ? 0 : Stopwatch.Frequency * MostMicroseconds / 1_000_000;

    private long _budget = s_mostTicks;
    private int _sleeps;

    /// <summary>Begins a wait.</summary>
    /// <returns>The timestamp until which to spin.</returns>
    public readonly long Begin() => Stopwatch.GetTimestamp() + _budget;

    /// <summary>Tells how the wait ended.</summary>
    /// <param name="slept">True when spinning was not enough.</param>
    public void End(bool slept)
    {
        if (!slept)
        {
            _sleeps = 0;
            _budget = s_mostTicks;
        }
        else if (++_sleeps % ProbeInterval == 0)
        {
            _budget = s_mostTicks;
        }
        else
        {
            _budget /= 4;
        }
    }
}

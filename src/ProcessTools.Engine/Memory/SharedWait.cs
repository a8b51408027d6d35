using System.Diagnostics;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Waits for a word of shared memory to change: spins for a moment, then sleeps on a parking spot, for a slice at a time. After each slice the caller's check runs, which sees
/// what no wake-up tells: a death, a stopped pipeline.
/// </summary>
internal static unsafe class SharedWait
{
    /// <summary>How long a sleeper sleeps at most before it looks around: five looks a tenth of what a user notices, and no measurable work.</summary>
    public static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a word is no longer what it was, or a flag is set.</summary>
    /// <param name="word">The word.</param>
    /// <param name="seen">What it was.</param>
    /// <param name="flag">The flag, 0 until it is set.</param>
    /// <param name="spot">Where to sleep; whoever changes either word wakes it afterwards.</param>
    /// <param name="spin">How long to spin before.</param>
    /// <param name="deadline">When the time is over.</param>
    /// <param name="check">Called before the first sleep and after each slice; may throw, and may set the flag. Null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static bool UntilChanged(
        long* word, long seen, int* flag, ParkingSpot spot, ref SpinPolicy spin, Deadline deadline, Action? check, CancellationToken cancellation)
    {
        // The clock costs as much as several looks, so it is read for every few of them only.
        const int LooksPerClock = 16;
        long until = spin.Begin();
        do
        {
            for (int look = 0; look < LooksPerClock; look++)
            {
                if (Volatile.Read(ref *word) != seen || Volatile.Read(ref *flag) != 0)
                {
                    spin.End(slept: false);
                    return true;
                }

                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() < until);

        bool isDone = Sleep(word, seen, flag, spot, deadline, check, cancellation);
        spin.End(slept: true);
        return isDone;
    }

    private static bool Sleep(long* word, long seen, int* flag, ParkingSpot spot, Deadline deadline, Action? check, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = WakeWhenCancelled(spot, cancellation);
        bool isDone = false;
        try
        {
            while (true)
            {
                // The order matters (see ParkingSpot): first say that we wait, then look.
                int ticket = spot.Announce();
                if (Volatile.Read(ref *word) != seen || Volatile.Read(ref *flag) != 0)
                {
                    return isDone = true;
                }

                cancellation.ThrowIfCancellationRequested();
                check?.Invoke();
                TimeSpan left = deadline.Left;
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }

                spot.Park(ticket, left < Slice ? left : Slice);
            }
        }
        finally
        {
            // The wake-up that was meant for one of the waiters may have been spent on this one, which does not use it.
            if (!isDone && Volatile.Read(ref *word) != seen)
            {
                spot.WakeOne();
            }
        }
    }

    /// <summary>Wakes all who wait on a spot when a token is cancelled; this process's one of them then finds out.</summary>
    public static CancellationTokenRegistration WakeWhenCancelled(ParkingSpot spot, CancellationToken cancellation) =>
        cancellation.CanBeCanceled ? cancellation.UnsafeRegister(static state => ((Action)state!)(), (Action)(() => spot.Wake())) : default;
}

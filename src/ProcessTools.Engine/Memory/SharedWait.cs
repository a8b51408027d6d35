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
        WordChange change = new(word, seen, flag);
        return spin.Spin(change) || Sleep(change, spot, deadline, check, cancellation);
    }

    private static bool Sleep(WordChange change, ParkingSpot spot, Deadline deadline, Action? check, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = WakeWhenCancelled(spot, cancellation);
        bool isDone = false;
        try
        {
            while (true)
            {
                // The order matters (see ParkingSpot): first say that we wait, then look.
                int ticket = spot.Announce();
                if (change.IsMet)
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
            if (!isDone && change.IsMet)
            {
                spot.WakeOne();
            }
        }
    }

    /// <summary>Wakes all who wait on a spot when a token is cancelled; this process's one of them then finds out.</summary>
    public static CancellationTokenRegistration WakeWhenCancelled(ParkingSpot spot, CancellationToken cancellation) =>
        cancellation.CanBeCanceled ? cancellation.UnsafeRegister(static state => ((Action)state!)(), (Action)(() => spot.Wake())) : default;

    /// <summary>That a word is no longer what it was, or a flag is set.</summary>
    private readonly struct WordChange(long* word, long seen, int* flag) : ICondition
    {
        private readonly long* _word = word;
        private readonly long _seen = seen;
        private readonly int* _flag = flag;

        public bool IsMet => Volatile.Read(ref *_word) != _seen || Volatile.Read(ref *_flag) != 0;
    }
}

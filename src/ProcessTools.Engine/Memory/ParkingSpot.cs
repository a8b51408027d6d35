using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Where one side of a channel sleeps until the other has done something: an event count in shared memory, two 32-bit words.
/// </summary>
/// <remarks>
/// <para>
/// The waiter reads the count, says that it waits, and only then looks whether there is still nothing to do; the other side first does
/// something and only then looks whether somebody waits. Both have a full fence between their two steps. In whatever order the
/// four steps fall, either the waiter sees what was done, or the other side sees the waiter (Dekker's argument); with neither fence both
/// could read the old value from before the other's store, and the waiter would sleep for ever.
/// </para>
/// <para>
/// A wake raises the count before it wakes, and the wait is refused by the kernel when the count is no longer the one that was read: so a wake that
/// comes between the last look and the sleep is not lost. The flag is only a hint that saves system calls. A waiter that dies leaves it set;
/// that costs the other side one wake that nobody needs.
/// </para>
/// </remarks>
internal readonly unsafe struct ParkingSpot(int* words)
{
    /// <summary>The bytes that one takes.</summary>
    public const int Size = 8;

    private readonly int* _count = words;
    private readonly int* _waiting = words + 1;

    /// <summary>Says that this thread is about to wait.</summary>
    /// <returns>A ticket for <see cref="Park"/>. Look once more before using it.</returns>
    public int Announce()
    {
        int ticket = Volatile.Read(ref *_count);
        Volatile.Write(ref *_waiting, 1);
        Interlocked.MemoryBarrier();
        return ticket;
    }

    /// <summary>The word that a sleeper sleeps on, for a wait on several; the ticket is the value to expect.</summary>
    public nint Word => (nint)_count;

    /// <summary>True until somebody is woken after a ticket was given out.</summary>
    public bool IsCurrent(int ticket) => Volatile.Read(ref *_count) == ticket;

    /// <summary>Sleeps until woken since <see cref="Announce"/>, or the time is over, or for no reason.</summary>
    public void Park(int ticket, TimeSpan timeout) => PlatformServices.Current.Wait(_count, ticket, timeout);

    /// <summary>Wakes whoever waits, after something was done; costs no system call when nobody does.</summary>
    /// <returns>True when somebody waited.</returns>
    public bool WakeIfWaiting()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *_waiting) == 0)
        {
            return false;
        }

        Volatile.Write(ref *_waiting, 0);
        Wake();
        return true;
    }

    /// <summary>
    /// Wakes one of those who wait, after something was done that one of them can use. Each waiter says anew that it waits before it looks, so the flag is
    /// set again by the one that was woken, and the next call wakes the next. Who is woken and leaves without using what was done calls <see cref="WakeOne"/>.
    /// </summary>
    public void WakeOneIfWaiting()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *_waiting) != 0)
        {
            Volatile.Write(ref *_waiting, 0);
            WakeOne();
        }
    }

    /// <summary>Wakes one of those who wait, in any case.</summary>
    public void WakeOne()
    {
        Interlocked.Increment(ref *_count);
        PlatformServices.Current.WakeOne(_count);
    }

    /// <summary>Wakes whoever waits in any case: for a cancellation, a close, a death.</summary>
    public void Wake()
    {
        Interlocked.Increment(ref *_count);
        PlatformServices.Current.WakeAll(_count);
    }
}

using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Channels;

/// <summary>Waits for several channels at once, as Python's <c>connection.wait</c> does.</summary>
internal static class ChannelWait
{
    /// <summary>Waits until one of several channels has a message, or is over.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The place of the first such channel, or -1 when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static int Any(IReadOnlyList<ProcessChannel> channels, TimeSpan timeout, CancellationToken cancellation) =>
        Any([.. channels.Cast<IWaitable>()], timeout, cancellation);

    private static int Any(IWaitable[] channels, TimeSpan timeout, CancellationToken cancellation)
    {
        int ready = FindReady(channels);
        if (ready >= 0 || timeout == TimeSpan.Zero)
        {
            return ready;
        }

        int entered = 0;
        try
        {
            while (entered < channels.Length)
            {
                if (!channels[entered].TryEnter())
                {
                    return entered;
                }

                entered++;
            }

            return WaitEntered(channels, Deadline.After(timeout), cancellation);
        }
        finally
        {
            for (int i = 0; i < entered; i++)
            {
                channels[i].Leave();
            }
        }
    }

    private static int WaitEntered(IWaitable[] channels, Deadline deadline, CancellationToken cancellation)
    {
        // One spot is enough to wake this thread.
        using CancellationTokenRegistration registration = SharedWait.WakeWhenCancelled(channels[0].ItemSpot, cancellation);
        nint[] words = new nint[channels.Length];
        int[] tickets = new int[channels.Length];
        int ready = -1;
        try
        {
            while (true)
            {
                // The order matters (see ParkingSpot): first say everywhere that we wait, then look.
                for (int i = 0; i < channels.Length; i++)
                {
                    ParkingSpot spot = channels[i].ItemSpot;
                    words[i] = spot.Word;
                    tickets[i] = spot.Announce();
                }

                ready = FindReady(channels);
                if (ready >= 0)
                {
                    return ready;
                }

                cancellation.ThrowIfCancellationRequested();
                PipelineStop.ThrowIfStopping();
                foreach (IWaitable channel in channels)
                {
                    channel.CheckPeers();
                }

                TimeSpan left = deadline.Left;
                if (left <= TimeSpan.Zero)
                {
                    return -1;
                }

                PlatformServices.Current.WaitAny(words, tickets, left < SharedWait.Slice ? left : SharedWait.Slice);
            }
        }
        finally
        {
            // Wake-ups of channels that are not going to be used by this thread are passed on.
            for (int i = 0; i < channels.Length; i++)
            {
                if (i != ready && channels[i].IsReady)
                {
                    channels[i].ItemSpot.WakeOne();
                }
            }
        }
    }

    private static int FindReady(IWaitable[] channels)
    {
        for (int i = 0; i < channels.Length; i++)
        {
            if (channels[i].IsReady)
            {
                return i;
            }
        }

        return -1;
    }
}

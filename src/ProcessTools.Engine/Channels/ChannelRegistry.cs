namespace ProcessTools.Engine.Channels;

/// <summary>
/// The channels that this process holds, so that a handle that arrives where its channel is known is the same object, and so that all are let go of when the process ends in
/// good order: then nothing is left for the sweeper. Thread-safe.
/// </summary>
internal static class ChannelRegistry
{
    private static readonly object s_gate = new();
    private static readonly Dictionary<string, WeakReference<ProcessChannel>> s_channels = new(StringComparer.Ordinal);
    private static int s_pruneAt = 64;

    static ChannelRegistry() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        // Pools' workers hold channels of this session's; when they are gone, the last holder deletes each.
        Pools.SessionPools.EndAtExit();
        DisposeAll();
    };

    /// <summary>Keeps a channel.</summary>
    public static void Add(string key, ProcessChannel channel)
    {
        lock (s_gate)
        {
            Prune();
            s_channels[key] = new WeakReference<ProcessChannel>(channel);
        }
    }

    /// <summary>Finds a channel that this process holds.</summary>
    /// <param name="key">What tells it from others.</param>
    public static ProcessChannel? Find(string key)
    {
        lock (s_gate)
        {
            return s_channels.TryGetValue(key, out WeakReference<ProcessChannel>? known) && known.TryGetTarget(out ProcessChannel? found) ? found : null;
        }
    }

    /// <summary>Finds a channel that this process holds, or opens it.</summary>
    /// <param name="key">What tells it from others.</param>
    /// <param name="isUsable">Whether what was found can be used still.</param>
    /// <param name="open">Opens it.</param>
    public static T GetOrAdd<T>(string key, Func<T, bool> isUsable, Func<T> open)
        where T : ProcessChannel
    {
        lock (s_gate)
        {
            if (s_channels.TryGetValue(key, out WeakReference<ProcessChannel>? known) && known.TryGetTarget(out ProcessChannel? found) && found is T channel && isUsable(channel))
            {
                return channel;
            }

            T opened = open();
            Prune();
            s_channels[key] = new WeakReference<ProcessChannel>(opened);
            return opened;
        }
    }

    private static void Prune()
    {
        if (s_channels.Count < s_pruneAt)
        {
            return;
        }

        foreach ((string key, WeakReference<ProcessChannel> channel) in s_channels)
        {
            if (!channel.TryGetTarget(out _))
            {
                s_channels.Remove(key);
            }
        }

        s_pruneAt = Math.Max(64, 2 * s_channels.Count);
    }

    /// <summary>Lets go of all channels.</summary>
    public static void DisposeAll()
    {
        WeakReference<ProcessChannel>[] channels;
        lock (s_gate)
        {
            channels = [.. s_channels.Values];
            s_channels.Clear();
        }

        foreach (WeakReference<ProcessChannel> reference in channels)
        {
            if (reference.TryGetTarget(out ProcessChannel? channel))
            {
                channel.Dispose();
            }
        }
    }
}

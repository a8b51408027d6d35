using System.Management.Automation;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>The states that this process uses: its own, or that of the session that started it, and those with names. Thread-safe.</summary>
internal static class SharedStates
{
    private static readonly TimeSpan s_endPatience = TimeSpan.FromSeconds(5);
    private static readonly object s_gate = new();
    private static readonly Dictionary<string, MemoryState> s_states = new(StringComparer.Ordinal);
    private static readonly ManualResetEventSlim s_never = new();
    private static MemoryState? s_own;
    private static StateHub? s_hub;
    private static string? s_inherited;

    static SharedStates() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => EndAtExit();

    /// <summary>The session's state; in a worker that of the session that started it.</summary>
    /// <exception cref="SharedStateLostException">That session has ended.</exception>
    public static SharedState Own()
    {
        lock (s_gate)
        {
            return s_own ??= s_inherited is null ? StartOwn() : Attach(s_inherited, name: null, token: 0);
        }
    }

    /// <summary>What workers of this session find its state by; null when there is no room for one.</summary>
    public static string? AddressForWorkers()
    {
        if (s_inherited is not null)
        {
            return s_inherited;
        }

        try
        {
            return ((MemoryState)Own()).Address;
        }
        catch (Exception exception) when (exception is SharedMemoryFullException or RuntimeFolderException)
        {
            // A worker that wants no state need not fail for it.
            return null;
        }
    }

    /// <summary>Makes this process one that has the state of the session that started it.</summary>
    public static void Inherit(string? address) => s_inherited = address;

    /// <summary>The state of a name; made when there is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="existing">True when none is to be made.</param>
    /// <exception cref="SharedStateNotFoundException">There is none, and none was to be made.</exception>
    /// <exception cref="SharedStateStartException">Its host could not be started.</exception>
    public static SharedState Open(string name, bool existing)
    {
        lock (s_gate)
        {
            using (NameTable.Lock())
            {
                if (NameTable.States.Find(name) is { } path)
                {
                    if (TryAttach(path, name) is { } found)
                    {
                        return found;
                    }

                    NameTable.States.Remove(name, path);
                }

                if (existing)
                {
                    throw new SharedStateNotFoundException(name);
                }

                string address = StateHostLauncher.Start(name);
                MemoryState state = Attach(address, name, token: 0);
                NameTable.States.Set(name, address);
                return state;
            }
        }
    }

    /// <summary>Opens a state that another process told of.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="name">Its name, or null.</param>
    /// <param name="token">What stood for the handle on its way, or 0.</param>
    /// <exception cref="SharedStateLostException">It is no longer there.</exception>
    public static MemoryState Attach(string address, string? name, long token)
    {
        lock (s_gate)
        {
            if (s_states.TryGetValue(address, out MemoryState? known) && known.IsOpen)
            {
                if (token != 0)
                {
                    known.Arrived(token);
                }

                return known;
            }

            HubSegment segment;
            try
            {
                segment = HubSegment.Open(address);
            }
            catch (InvalidSegmentException exception)
            {
                throw new SharedStateLostException(name ?? Path.GetFileNameWithoutExtension(address), 0, exception);
            }

            int holder = token == 0 ? -1 : segment.Holders.Receive(token);
            holder = holder >= 0 ? holder : segment.Holders.Claim();
            if (holder < 0)
            {
                segment.Dispose();
                throw new TooManyHoldersException(name ?? address, HolderTable.Count);
            }

            ForgetEnded();
            return s_states[address] = new MemoryState(null, segment, name, holder);
        }
    }

    /// <summary>The named states that exist.</summary>
    /// <param name="pattern">What their names match, with wildcards; null for all.</param>
    public static IReadOnlyList<SharedStateInfo> List(string? pattern = null)
    {
        WildcardPattern? wanted = pattern is null ? null : WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        List<SharedStateInfo> states = [];
        foreach ((string name, string path) in NameTable.States.GetAll())
        {
            if (wanted?.IsMatch(name) == false)
            {
                continue;
            }

            try
            {
                using HubSegment segment = HubSegment.Open(path);
                if (segment.IsUsable)
                {
                    int holders = segment.Holders.GetProcesses().Where(ProcessWord.IsAlive).Distinct().Count();
                    states.Add(new SharedStateInfo(name, (int)(uint)segment.Hub, holders, segment.Objects, segment.Bytes, segment.Started.ToLocalTime()));
                }
            }
            catch (InvalidSegmentException)
            {
                // It ended while we looked.
            }
        }

        states.Sort(static (one, other) => StringComparer.OrdinalIgnoreCase.Compare(one.Name, other.Name));
        return states;
    }

    /// <summary>Removes the state of a name.</summary>
    /// <returns>False when there is none.</returns>
    public static bool Remove(string name)
    {
        using (NameTable.Lock())
        {
            if (NameTable.States.Find(name) is not { } path)
            {
                return false;
            }

            bool isThere = false;
            try
            {
                using HubSegment segment = HubSegment.Open(path);
                isThere = segment.IsUsable;
                if (isThere)
                {
                    End(segment, name);
                }
            }
            catch (InvalidSegmentException)
            {
                // Its host was killed.
            }

            NameTable.States.Remove(name, path);
            return isThere;
        }
    }

    /// <summary>Removes a state; a session's own is emptied.</summary>
    public static void Remove(SharedState state)
    {
        if (state.Name is { } name)
        {
            Remove(name);
        }
        else
        {
            ((MemoryState)state).Clear();
        }
    }

    /// <summary>This process ends in good order: others find its own state over, and it holds no other.</summary>
    public static void EndAtExit()
    {
        MemoryState[] states;
        lock (s_gate)
        {
            states = [.. s_states.Values];
            s_states.Clear();
        }

        foreach (MemoryState state in states)
        {
            state.Dispose();
        }

        s_hub?.Dispose();
    }

    private static MemoryState StartOwn()
    {
        s_hub = StateHub.Start();
        MemoryState state = new(s_hub, s_hub.Segment, name: null, s_hub.Segment.Holders.Claim());
        s_states[s_hub.Address] = state;
        return state;
    }

    // A state whose host has ended is of no use any more, and each has another address.
    private static void ForgetEnded()
    {
        foreach ((string address, MemoryState state) in s_states.ToArray())
        {
            if (!state.IsOwn && !state.IsOpen)
            {
                s_states.Remove(address);
                state.Dispose();
            }
        }
    }

    private static MemoryState? TryAttach(string address, string name)
    {
        try
        {
            MemoryState state = Attach(address, name, token: 0);
            if (state.IsOpen)
            {
                return state;
            }

            s_states.Remove(address);
            state.Dispose();
        }
        catch (SharedStateLostException)
        {
            // Its host was killed.
        }

        return null;
    }

    private static void End(HubSegment segment, string name)
    {
        try
        {
            using LaneLine line = LaneLine.Open(segment, name);
            line.Begin(StateOperation.End);
            line.Exchange();
        }
        catch (ProcessToolsException)
        {
            // It ended before it could answer.
        }

        Deadline patience = Deadline.After(s_endPatience);
        while (segment.IsUsable && patience.Left > TimeSpan.Zero)
        {
            s_never.Wait(1);
        }
    }
}

using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>
/// Takes this process off its barriers' lists when it ends in good order, so that those who wait can tell that from its being killed. The barriers' memory stays mapped for that as long as the process is on their lists.
/// </summary>
internal static class BarrierExits
{
    private const int FirstTidy = 64;

    private static readonly Dictionary<string, (SyncSegment Segment, BarrierGate Gate)> s_barriers = [];
    private static int s_tidyAt = FirstTidy;

    static BarrierExits() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        lock (s_barriers)
        {
            foreach ((SyncSegment _, BarrierGate gate) in s_barriers.Values)
            {
                gate.Withdraw();
            }
        }
    };

    /// <summary>Notes that this process was at a barrier.</summary>
    public static void Add(SyncSegment segment, BarrierGate gate)
    {
        lock (s_barriers)
        {
            if (s_barriers.ContainsKey(segment.Address) || !segment.TryHold())
            {
                return;
            }

            s_barriers.Add(segment.Address, (segment, gate));
            if (s_barriers.Count >= s_tidyAt)
            {
                Tidy();
                s_tidyAt = Math.Max(FirstTidy, s_barriers.Count * 2);
            }
        }
    }

    private static void Tidy()
    {
        foreach ((string address, (SyncSegment segment, BarrierGate gate)) in s_barriers.ToArray())
        {
            if (!gate.IsMember())
            {
                s_barriers.Remove(address);
                segment.LetGo();
            }
        }
    }
}

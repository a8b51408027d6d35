namespace ProcessTools.Engine.Workers;

/// <summary>
/// Workers booted ahead, so that the quarter of a second that .NET and PowerShell need to come up is over before a worker is
/// wanted. Each is handed out once and replaced in the background; all leave after an idle time, and with the session.
/// Thread-safe.
/// </summary>
internal static class StandbyWorkers
{
    private static readonly object s_gate = new();
    private static readonly List<WorkerLink> s_ready = [];
    private static readonly Timer s_idle = new(static _ => ClearReady());
    private static int s_booting;
    private static int s_generation;

    /// <summary>How many are ready.</summary>
    public static int Count
    {
        get
        {
            lock (s_gate)
            {
                return s_ready.Count;
            }
        }
    }

    /// <summary>Takes a ready worker, or null when there is none.</summary>
    public static WorkerLink? Take()
    {
        while (true)
        {
            WorkerLink link;
            lock (s_gate)
            {
                if (s_ready.Count == 0 || WorkerSettings.Standby == 0)
                {
                    return null;
                }

                link = s_ready[0];
                s_ready.RemoveAt(0);
            }

            if (link.Process.Identity.IsAlive)
            {
                return link;
            }

            // Somebody killed it while it waited.
            link.Dispose();
        }
    }

    /// <summary>Boots what is missing, in the background; failures are left for the next caller to meet and report.</summary>
    public static void Replenish()
    {
        int wanted;
        int generation;
        lock (s_gate)
        {
            s_idle.Change(WorkerSettings.StandbyIdle, Timeout.InfiniteTimeSpan);
            wanted = WorkerSettings.Standby - s_ready.Count - s_booting;
            s_booting += Math.Max(0, wanted);
            generation = s_generation;
        }

        for (int i = 0; i < wanted; i++)
        {
            new Thread(() => BootOne(generation)) { IsBackground = true, Name = "ProcessTools standby worker" }.Start();
        }
    }

    /// <summary>Ends all that are ready, and those that are booting as soon as they are.</summary>
    public static void Clear()
    {
        lock (s_gate)
        {
            // Those that are booting belong to nobody now and end themselves; they are not counted any more.
            s_generation++;
            s_booting = 0;
        }

        ClearReady();
    }

    private static void ClearReady()
    {
        WorkerLink[] links;
        lock (s_gate)
        {
            links = [.. s_ready];
            s_ready.Clear();
        }

        foreach (WorkerLink link in links)
        {
            link.Dispose();
        }
    }

    private static void BootOne(int generation)
    {
        WorkerLink? link = null;
        try
        {
            link = WorkerLink.Boot(isStandby: true);
            link.AwaitGreeting("standby");
        }
        catch (Exception)
        {
            // Last catch of this thread. The next Start-WorkerProcess boots its own worker and reports what is wrong.
            link?.Dispose();
            link = null;
        }

        lock (s_gate)
        {
            if (generation == s_generation)
            {
                s_booting--;
                if (link is not null)
                {
                    s_ready.Add(link);
                    s_idle.Change(WorkerSettings.StandbyIdle, Timeout.InfiniteTimeSpan);
                    link = null;
                }
            }
        }

        link?.Dispose();
    }
}

namespace ProcessTools.Engine.Pools;

/// <summary>The pools of this session. Thread-safe.</summary>
internal static class SessionPools
{
    /// <summary>The name of the session's own pool.</summary>
    public const string DefaultName = "Default";

    /// <summary>The variable with the seconds after which the workers of the session's own pool leave.</summary>
    public const string IdleVariable = "PROCESSTOOLS_POOL_IDLE_SECONDS";

    private static readonly object s_gate = new();
    private static readonly List<WorkerPool> s_pools = [];
    private static WorkerPool? s_default;

    // Killed processes are gone in milliseconds; a process that exits is not held up longer.
    private static readonly TimeSpan s_endAtExit = TimeSpan.FromSeconds(1);

    static SessionPools() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => EndAtExit();

    /// <summary>All pools that are not finished.</summary>
    public static IReadOnlyList<WorkerPool> All
    {
        get
        {
            lock (s_gate)
            {
                return [.. s_pools];
            }
        }
    }

    /// <summary>Adds a pool.</summary>
    /// <exception cref="PoolArgumentException">There is one of its name.</exception>
    public static WorkerPool Add(PoolOptions options)
    {
        lock (s_gate)
        {
            string? name = options.Name;
            if (name is not null && (s_pools.Exists(pool => pool.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) || (!options.IsDefault && name.Equals(DefaultName, StringComparison.OrdinalIgnoreCase))))
            {
                throw new PoolArgumentException(
                    "PoolNameTaken",
                    System.Management.Automation.ErrorCategory.ResourceExists,
                    $"There is a pool '{name}' in this session already. Choose another name, or end that one with Remove-ProcessPool.",
                    name);
            }

            WorkerPool pool = new(options);
            s_pools.Add(pool);
            return pool;
        }
    }

    /// <summary>The session's own pool.</summary>
    /// <param name="make">How it is made when it does not exist.</param>
    public static WorkerPool Default(Func<PoolOptions> make)
    {
        lock (s_gate)
        {
            if (s_default is null || s_default.State != PoolState.Open)
            {
                if (s_default is not null)
                {
                    s_pools.Remove(s_default);
                }

                s_default = Add(make());
            }

            return s_default;
        }
    }

    /// <summary>A pool is finished.</summary>
    public static void Remove(WorkerPool pool)
    {
        lock (s_gate)
        {
            s_pools.Remove(pool);
            if (ReferenceEquals(s_default, pool))
            {
                s_default = null;
            }
        }
    }

    /// <summary>Ends all pools, and what they have in the file system, at once: the process is about to exit.</summary>
    public static void EndAtExit()
    {
        foreach (WorkerPool pool in All)
        {
            pool.EndAtExit(s_endAtExit);
        }
    }

    /// <summary>Ends all pools: the module is being removed.</summary>
    public static void Clear()
    {
        foreach (WorkerPool pool in All)
        {
            pool.Terminate();
        }
    }
}

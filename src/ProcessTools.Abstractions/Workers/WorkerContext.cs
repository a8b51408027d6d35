namespace ProcessTools;

/// <summary>
/// Where script finds out that it runs in a worker, and whose (Python's <c>current_process</c> and <c>parent_process</c>).
/// </summary>
public static class WorkerContext
{
    private static IReadOnlyDictionary<string, object?>? s_usingValues;

    /// <summary>True in a worker.</summary>
    public static bool IsWorker { get; private set; }

    /// <summary>The worker's name, or null outside a worker.</summary>
    public static string? Name { get; private set; }

    /// <summary>The process id of the session that started this worker, or null outside a worker.</summary>
    public static int? ParentProcessId { get; private set; }

    /// <summary>The name of the pool that this process works for, or null when it is no pool's worker.</summary>
    public static string? PoolName { get; private set; }

    /// <summary>How deep pools are nested here: 0 in a session, 1 in a worker of its pool, 2 in a worker of a pool of that one's.</summary>
    public static int PoolDepth { get; private set; }

    /// <summary>Makes this process a worker; called once, before its script runs.</summary>
    internal static void Enter(string name, int parentProcessId, IReadOnlyDictionary<string, object?> usingValues)
    {
        IsWorker = true;
        Name = name;
        ParentProcessId = parentProcessId;
        s_usingValues = usingValues;
    }

    /// <summary>Sets the values that belong to the script that this worker runs now.</summary>
    internal static void SetUsingValues(IReadOnlyDictionary<string, object?> usingValues) => s_usingValues = usingValues;

    /// <summary>Makes this worker one of a pool's.</summary>
    internal static void EnterPool(string poolName, int depth)
    {
        PoolName = poolName;
        PoolDepth = depth;
    }

    /// <summary>A value that came with this worker's own script, by PowerShell's key for its <c>$using:</c> expression.</summary>
    internal static bool TryGetUsingValue(string key, out object? value)
    {
        value = null;
        return s_usingValues is not null && s_usingValues.TryGetValue(key, out value);
    }
}

namespace ProcessTools.Engine.Pools;

/// <summary>A script that a pool's workers may have compiled.</summary>
internal sealed class PoolScriptEntry(string key, PoolScriptMessage message)
{
    /// <summary>What tells it from other scripts: its text and that of all that travels with it.</summary>
    public string Key { get; } = key;

    /// <summary>What workers need to know.</summary>
    public PoolScriptMessage Message { get; } = message;

    /// <summary>How many calls use it.</summary>
    public int Calls { get; set; }

    /// <summary>When it was last used, in calls of the pool.</summary>
    public long LastUse { get; set; }
}

using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>How a stream of items is worked on.</summary>
internal sealed class PoolStreamOptions
{
    /// <summary>True for results in the order of the items.</summary>
    public bool IsOrdered { get; init; } = true;

    /// <summary>True when an item's output is wanted only once it has ended.</summary>
    public bool IsWhole { get; init; }

    /// <summary>True when every item's end is wanted.</summary>
    public bool TellsEnds { get; init; }

    /// <summary>How many items go in one go, or null.</summary>
    public int? ChunkSize { get; init; }

    /// <summary>How many items at once, or null.</summary>
    public int? Throttle { get; init; }

    /// <summary>How an item becomes arguments.</summary>
    public PoolArguments How { get; init; } = PoolArguments.Item;

    /// <summary>Arguments that follow.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>How long an item may take, or null for what the pool says.</summary>
    public TimeSpan? TaskTimeout { get; init; }

    /// <summary>When an item that failed is tried again, or null for what the pool says.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>A script to run once in each worker before, or null.</summary>
    public ScriptBlock? Initialization { get; init; }

    /// <summary>The folder to run in, or null for the workers' own.</summary>
    public string? Location { get; init; }

    /// <summary>The environment, or null for the workers' own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Variables to set.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = new Dictionary<string, object?>();

    /// <summary>True when an error that ends a statement ends the item.</summary>
    public bool StopsAtErrors { get; init; }

    /// <summary>What travels along, or null to find it.</summary>
    public Workers.ScriptCapture? Capture { get; init; }
}

using System.Management.Automation;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>An item that was handed out in this process and is not reported yet.</summary>
/// <param name="taken">Its lease.</param>
/// <param name="runspace">The runspace that took it.</param>
/// <param name="ends">When its lease ends.</param>
/// <param name="item">The item as its consumer has it.</param>
internal sealed class HeldItem(TakenItem taken, int runspace, long ends, object? item)
{
    /// <summary>Its lease.</summary>
    public TakenItem Taken { get; } = taken;

    /// <summary>The runspace that took it.</summary>
    public int Runspace { get; } = runspace;

    /// <summary>When its lease ends.</summary>
    public long Ends { get; set; } = ends;

    /// <summary>The item, without what PowerShell wraps around it now and then.</summary>
    public object? Item { get; } = Bare(item);

    /// <summary>Takes PowerShell's wrapper off. A custom object is its wrapper.</summary>
    public static object? Bare(object? item) => item is PSObject { BaseObject: not PSCustomObject and { } inner } ? inner : item;
}

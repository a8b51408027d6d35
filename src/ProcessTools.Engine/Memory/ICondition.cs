namespace ProcessTools.Engine.Memory;

/// <summary>What a waiter waits for. Looked at very often, so it costs a load or two.</summary>
internal interface ICondition
{
    /// <summary>True when the wait is over.</summary>
    public bool IsMet { get; }
}

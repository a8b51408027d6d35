namespace ProcessTools.Engine.State;

/// <summary>A namespace in a hub: a dictionary whose keys are properties.</summary>
internal sealed class HubNamespace(MemoryState state, string name, int id) : SharedNamespace(state, name)
{
    /// <inheritdoc/>
    public override SharedDictionary Items { get; } = new HubDictionary(state, name, id, isCaseSensitive: false);
}

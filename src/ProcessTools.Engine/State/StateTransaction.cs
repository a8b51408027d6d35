namespace ProcessTools.Engine.State;

/// <summary>The changes of a transaction that is under way, with what takes each back. Under the store's gate.</summary>
internal sealed class StateTransaction(StateCaller owner)
{
    private readonly List<(StoreObject Object, Action Undo)> _changes = [];

    /// <summary>Whose it is.</summary>
    public StateCaller Owner { get; } = owner;

    /// <summary>How many changes there were so far.</summary>
    public int Mark => _changes.Count;

    /// <summary>Adds a change.</summary>
    public void Add(StoreObject changed, Action undo) => _changes.Add((changed, undo));

    /// <summary>Takes changes back, the last first.</summary>
    /// <param name="mark">How many remain.</param>
    public void RollBackTo(int mark)
    {
        for (int i = _changes.Count - 1; i >= mark; i--)
        {
            _changes[i].Undo();
        }

        _changes.RemoveRange(mark, _changes.Count - mark);
    }

    /// <summary>What was changed.</summary>
    public HashSet<StoreObject> GetChanged() => [.. _changes.Select(static change => change.Object)];
}

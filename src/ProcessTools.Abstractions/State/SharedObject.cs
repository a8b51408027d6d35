namespace ProcessTools;

/// <summary>The base of what lives in a <see cref="SharedState"/>. All members of shared objects may be called from any thread and any process at once.</summary>
public abstract class SharedObject : ISharedObject
{
    private protected SharedObject(SharedState state, string name, SharedObjectKind kind)
    {
        State = state;
        Name = name;
        Kind = kind;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public SharedObjectKind Kind { get; }

    /// <inheritdoc/>
    public SharedState State { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

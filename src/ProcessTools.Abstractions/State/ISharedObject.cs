namespace ProcessTools;

/// <summary>An object that lives in a <see cref="SharedState"/>. It may be an argument of a worker, a <c>$using:</c> value, a message, or a value in a dictionary, list or namespace of the same state.</summary>
public interface ISharedObject
{
    /// <summary>Its name in its state.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public SharedObjectKind Kind { get; }

    /// <summary>The state that it lives in.</summary>
    public SharedState State { get; }
}

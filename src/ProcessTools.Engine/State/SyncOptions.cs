namespace ProcessTools.Engine.State;

/// <summary>What an object that lives directly in shared memory is made with.</summary>
internal sealed class SyncOptions
{
    /// <summary>What it is.</summary>
    public required SharedObjectKind Kind { get; init; }

    /// <summary>A semaphore's permits, a barrier's parties, or the number of an array's elements.</summary>
    public int Count { get; init; }

    /// <summary>The type of a value, or of an array's elements.</summary>
    public TypeCode ElementType { get; init; }

    /// <summary>True when the elements are TimeSpans, which have no type code of their own; <see cref="ElementType"/> is then Int64.</summary>
    public bool IsTimeSpan { get; init; }

    /// <summary>The bytes of a value, or of an array's elements, in the machine's order; empty for zeros.</summary>
    public ReadOnlyMemory<byte> Initial { get; init; }

    /// <summary>The name, in its state, of the lock that a condition works with; null for one of its own.</summary>
    public string? LockName { get; init; }
}

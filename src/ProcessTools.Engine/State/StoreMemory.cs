using ProcessTools.Engine.Queues;

namespace ProcessTools.Engine.State;

/// <summary>An object of a store that lives directly in shared memory: the store keeps the memory, clients use it without asking.</summary>
internal sealed class StoreMemory : StoreObject
{
    private readonly SyncSegment? _segment;

    /// <summary>Keeps a lock, an event, a value, ...</summary>
    public StoreMemory(StateStore store, int id, string name, SyncSegment segment, string? lockName)
        : base(store, id, name, segment.Options.Kind)
    {
        _segment = segment;
        LockName = lockName;
    }

    /// <summary>Keeps a queue.</summary>
    public StoreMemory(StateStore store, int id, string name, MemoryQueue queue)
        : base(store, id, name, SharedObjectKind.Queue)
    {
        Queue = queue;
    }

    /// <summary>What clients open it by.</summary>
    public string Address => _segment?.Address ?? Queue!.Address;

    /// <summary>What it was made with.</summary>
    public SyncOptions Options => _segment?.Options ?? new SyncOptions { Kind = Kind };

    /// <summary>The queue, or null.</summary>
    public MemoryQueue? Queue { get; }

    /// <summary>The name of the lock that a condition works with, or null for one of its own.</summary>
    public string? LockName { get; }

    /// <inheritdoc/>
    public override long Count => Queue?.Count ?? (Kind == SharedObjectKind.Array ? Options.Count : -1);

    /// <inheritdoc/>
    public override long Bytes => _segment?.Length ?? 0;

    /// <inheritdoc/>
    public override string TypeName => StoreRequest.TypeNameOf(Options);

    /// <inheritdoc/>
    public override bool Execute(StateOperation operation, ref StateFrameReader request, StateCall call) =>
        throw new InvalidDataFrameException($"A {Kind} has no operation {operation}.");

    /// <inheritdoc/>
    public override void Free()
    {
        base.Free();
        _segment?.Unlink();
        _segment?.Dispose();
        Queue?.Dispose();
    }

    /// <inheritdoc/>
    protected override bool IsOver(StateCall call) => true;
}

namespace ProcessTools.Engine.State;

/// <summary>A bounded semaphore in shared memory.</summary>
internal sealed class MemoryBoundedSemaphore : SharedBoundedSemaphore
{
    private readonly SemaphoreMemory _memory;

    private MemoryBoundedSemaphore(SharedState state, string name, SyncSegment segment)
        : base(state, name) => _memory = new SemaphoreMemory(segment);

    /// <inheritdoc/>
    public override int Value => _memory.Value;

    /// <inheritdoc/>
    public override int Initial => _memory.Initial;

    /// <inheritdoc/>
    public override long Reclaimed => _memory.Reclaimed;

    /// <inheritdoc/>
    public override bool WasAbandoned => _memory.WasAbandoned;

    /// <summary>Uses one.</summary>
    public static MemoryBoundedSemaphore Open(SharedState state, string name, SyncSegment segment) => new(state, name, segment);

    /// <inheritdoc/>
    public override void Release(int count) => _memory.Release(this, count);

    private protected override bool AcquireCore(TimeSpan timeout, CancellationToken cancellation) => _memory.Acquire(timeout, cancellation);
}

using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>An event in shared memory.</summary>
internal sealed unsafe class MemoryEvent : SharedEvent
{
    private readonly SyncSegment _segment;
    private readonly EventWord _word;

    private MemoryEvent(SharedState state, string name, SyncSegment segment)
        : base(state, name)
    {
        _segment = segment;
        _word = new EventWord(segment.Body);
    }

    /// <inheritdoc/>
    public override bool IsSet
    {
        get
        {
            bool isSet = _word.IsSet;
            GC.KeepAlive(_segment);
            return isSet;
        }
    }

    /// <summary>Makes the memory of one.</summary>
    public static SyncSegment Create(SyncOptions options) => SyncSegment.Create(options, EventWord.Size);

    /// <summary>Uses one.</summary>
    public static MemoryEvent Open(SharedState state, string name, SyncSegment segment) => new(state, name, segment);

    /// <inheritdoc/>
    public override void Set()
    {
        _word.Set();
        GC.KeepAlive(_segment);
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        _word.Clear();
        GC.KeepAlive(_segment);
    }

    private protected override bool WaitCore(TimeSpan timeout, CancellationToken cancellation)
    {
        bool isSet = _word.Wait(timeout, SyncWait.Check, cancellation);
        GC.KeepAlive(_segment);
        return isSet;
    }
}

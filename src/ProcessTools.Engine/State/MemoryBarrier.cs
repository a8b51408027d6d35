using System.Management.Automation;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A barrier in shared memory.</summary>
internal sealed unsafe class MemoryBarrier : SharedBarrier
{
    private readonly SyncSegment _segment;
    private readonly BarrierGate _gate;
    private readonly Action? _action;

    private MemoryBarrier(SharedState state, string name, SyncSegment segment, ScriptBlock? action)
        : base(state, name)
    {
        _segment = segment;
        _gate = new BarrierGate(segment.Body);
        _action = action is null ? null : () => action.InvokeReturnAsIs();
    }

    /// <inheritdoc/>
    public override int Parties => _gate.Parties;

    /// <inheritdoc/>
    public override int Waiting
    {
        get
        {
            int waiting = _gate.Waiting;
            GC.KeepAlive(_segment);
            return waiting;
        }
    }

    /// <inheritdoc/>
    public override bool IsBroken
    {
        get
        {
            bool isBroken = _gate.IsBroken;
            GC.KeepAlive(_segment);
            return isBroken;
        }
    }

    /// <summary>Makes the memory of one.</summary>
    public static SyncSegment Create(SyncOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Count, 1, "parties");
        return SyncSegment.Create(options, BarrierGate.SizeFor(options.Count), memory => BarrierGate.Format((byte*)memory, options.Count));
    }

    /// <summary>Uses one.</summary>
    public static MemoryBarrier Open(SharedState state, string name, SyncSegment segment, ScriptBlock? action) => new(state, name, segment, action);

    /// <inheritdoc/>
    public override void Reset()
    {
        _gate.Break(BarrierOutcome.Reset);
        GC.KeepAlive(_segment);
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        _gate.Break(BarrierOutcome.Broken);
        GC.KeepAlive(_segment);
    }

    private protected override int WaitCore(TimeSpan timeout, CancellationToken cancellation)
    {
        BarrierOutcome outcome = _gate.Visit(Deadline.After(timeout), _action, SyncWait.Check, cancellation, out int position);
        if (outcome == BarrierOutcome.Passed)
        {
            BarrierExits.Add(_segment, _gate);
            GC.KeepAlive(_segment);
            return position;
        }

        GC.KeepAlive(_segment);
        throw new BarrierBrokenException(this, outcome switch
        {
            BarrierOutcome.Reset => "it was reset while this party waited.",
            BarrierOutcome.Died => "a party died.",
            BarrierOutcome.TimedOut => "the time of one that waited was over.",
            _ => "somebody aborted it or gave up.",
        });
    }
}

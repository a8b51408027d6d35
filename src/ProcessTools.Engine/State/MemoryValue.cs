using System.Collections.ObjectModel;
using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>A value in shared memory.</summary>
internal sealed unsafe class MemoryValue : SharedValue
{
    private readonly SyncSegment _segment;
    private readonly ElementType _type;
    private readonly byte* _cell;

    internal MemoryValue(SharedState state, string name, SyncSegment segment, ElementType type)
        : base(state, name)
    {
        _segment = segment;
        _type = type;
        Lock = MemoryRLock.Open(state, name, segment);
        _cell = segment.Body + ValueObjects.DataOffset;
    }

    /// <inheritdoc/>
    public override Type ValueType => _type.Type;

    /// <inheritdoc/>
    public override object Value
    {
        get
        {
            object value = _type.Read(_cell);
            GC.KeepAlive(_segment);
            return value;
        }

        set
        {
            _type.Write(_cell, value);
            GC.KeepAlive(_segment);
        }
    }

    /// <inheritdoc/>
    public override SharedRLock Lock { get; }

    /// <inheritdoc/>
    public override object Increment(object by)
    {
        object value = _type.Increment(_cell, by);
        GC.KeepAlive(_segment);
        return value;
    }

    /// <inheritdoc/>
    public override object Swap(object value)
    {
        object before = _type.Swap(_cell, value);
        GC.KeepAlive(_segment);
        return before;
    }

    /// <inheritdoc/>
    public override bool TryUpdate(object value, object expected)
    {
        bool isDone = _type.TryUpdate(_cell, value, expected);
        GC.KeepAlive(_segment);
        return isDone;
    }

    /// <inheritdoc/>
    public override object Update(ScriptBlock script)
    {
        ArgumentNullException.ThrowIfNull(script);
        object value = _type.Update(_cell, before => Run(script, before));
        GC.KeepAlive(_segment);
        return value;
    }

    private PSObject Run(ScriptBlock script, object before)
    {
        Collection<PSObject> written = script.InvokeWithContext(null, [new PSVariable("_", before)], before);
        return written.Count == 1
            ? written[0]
            : throw new InvalidOperationException($"The script block wrote {written.Count} objects in place of one, the new value of '{Name}'. Nothing was changed.");
    }
}

using ProcessTools.Engine.Channels;

namespace ProcessTools.Engine.Pools;

/// <summary>A task on its way: waiting, or sent to a worker.</summary>
internal struct PoolTask
{
    /// <summary>The call that it belongs to.</summary>
    public PoolCall Call;

    /// <summary>Its place among the tasks of its call.</summary>
    public long Index;

    /// <summary>Its input.</summary>
    public object? Input;

    /// <summary>Who gets what becomes of it, where the call has more than one.</summary>
    public TaskFuture? Future;

    /// <summary>The array that its serialized input is in.</summary>
    public byte[] Bytes;

    /// <summary>Where in it.</summary>
    public int Offset;

    /// <summary>How long.</summary>
    public int Length;

    /// <summary>The handles in its input, or null.</summary>
    public Passage? Handles;

    /// <summary>How the input becomes arguments.</summary>
    public PoolArguments Arguments;

    /// <summary>How often it was begun.</summary>
    public int Attempts;

    /// <summary>Its number in the lane of the worker that it was sent to.</summary>
    public uint Number;

    /// <summary>True once it was told to stop.</summary>
    public bool IsStopping;

    /// <summary>True when it is to be begun by itself and not in a block with others.</summary>
    public bool IsAlone;

    /// <summary>True when it was cancelled and has to be told to stop if it begins.</summary>
    public bool MustStop;
}

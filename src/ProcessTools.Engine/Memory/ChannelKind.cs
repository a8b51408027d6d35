namespace ProcessTools.Engine.Memory;

/// <summary>What a channel in shared memory is.</summary>
internal enum ChannelKind
{
    /// <summary>A queue: one side, one queue.</summary>
    Queue = 1,

    /// <summary>A pipe: two sides, a queue for each direction.</summary>
    Pipe = 2,
}

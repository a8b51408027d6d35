namespace ProcessTools.Engine.Memory;

/// <summary>What a queue's record says about itself besides its length.</summary>
[Flags]
internal enum RecordFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The record has handles in it: reading it opens what they stand for.</summary>
    HasHandles = 1,

    /// <summary>The record is bytes as they are, not a serialized object.</summary>
    Raw = 2,
}

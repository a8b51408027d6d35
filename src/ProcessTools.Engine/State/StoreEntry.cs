namespace ProcessTools.Engine.State;

/// <summary>A key of a dictionary and its value, in the chain of the order in which keys were added.</summary>
internal sealed class StoreEntry(byte[] key, byte[] value, long version)
{
    /// <summary>The key, serialized.</summary>
    public byte[] Key { get; } = key;

    /// <summary>The value, serialized.</summary>
    public byte[] Value { get; set; } = value;

    /// <summary>The version at which the value was set.</summary>
    public long Version { get; set; } = version;

    /// <summary>The one that was added before.</summary>
    public StoreEntry? Previous { get; set; }

    /// <summary>The one that was added after.</summary>
    public StoreEntry? Next { get; set; }
}

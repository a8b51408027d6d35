using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>A request under way, and its response. Each client has one, used again and again: a client asks one thing at a time.</summary>
internal sealed class StateCall(StateCaller caller)
{
    /// <summary>Who asked.</summary>
    public StateCaller Caller { get; } = caller;

    /// <summary>The response.</summary>
    public PooledBufferWriter Response { get; } = new();

    /// <summary>What is waited for, or null while the call does not wait for a change.</summary>
    public StoreObject? Watched { get; set; }

    /// <summary>The key that is waited for; null for any change.</summary>
    public byte[]? WatchedKey { get; set; }

    /// <summary>The version that the change must be newer than.</summary>
    public long SeenVersion { get; set; }

    /// <summary>When the wait is over; unset for never.</summary>
    public Memory.Deadline Deadline { get; set; }

    /// <summary>The request, kept while the call waits for its turn behind a transaction.</summary>
    public byte[]? Parked { get; set; }
}

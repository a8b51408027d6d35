using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>Objects to and from what a durable queue keeps: the full profile without handles, because what these are handles of ends with its processes.</summary>
internal static class DurableItem
{
    [ThreadStatic]
    private static PooledBufferWriter? s_buffer;

    /// <summary>Writes an object and hands its bytes on.</summary>
    /// <param name="item">The object.</param>
    /// <param name="state">What <paramref name="use"/> gets.</param>
    /// <param name="use">Uses the bytes.</param>
    /// <exception cref="NotSerializableException">It cannot travel.</exception>
    public static TResult Write<TState, TResult>(object? item, TState state, Func<ReadOnlyMemory<byte>, TState, TResult> use)
    {
        // Taken out while in use: a getter of the item may put another item.
        PooledBufferWriter buffer = s_buffer ?? new PooledBufferWriter();
        s_buffer = null;
        try
        {
            ObjectSerializer.Full.Serialize(buffer, item);
            return use(buffer.WrittenMemory, state);
        }
        finally
        {
            buffer.Clear();
            s_buffer = buffer;
        }
    }

    /// <summary>Reads an object.</summary>
    /// <exception cref="InvalidDataFrameException">The bytes are none.</exception>
    public static object? Read(byte[] body) =>
        body.Length == 0 ? throw new InvalidDataFrameException("Its bytes were changed on the disk.") : ObjectSerializer.Full.Deserialize(body);
}

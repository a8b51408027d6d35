using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>
/// Objects to and from the bytes that a store keeps. Shared objects of the same state are among the values, by their name, so that what is taken out is shared still. Other handles are not: what they stand for ends when nobody holds it,
/// and a store is nobody.
/// </summary>
internal static class StateCodec
{
    [ThreadStatic]
    private static MemoryState? s_current;

    private const string Unstorable = "lives as long as processes hold it, and a shared state is none. Send it as a message, or pass it as an argument.";

    /// <summary>The serializer.</summary>
    private static ObjectSerializer Serializer { get; } = new(WireProfile.Full, handles: [new StoredObjectFormatter<SharedObject>("shared"), new StoredObjectFormatter<SharedNamespace>("namespace"), new StoredQueueFormatter(), new RefusedHandleFormatter<ProcessChannel>("pipe", Unstorable), new RefusedHandleFormatter<SharedState>("state", Unstorable), new RefusedHandleFormatter<ProcessListener>("listener", Unstorable)]);

    /// <summary>The state whose values this thread reads or writes.</summary>
    public static MemoryState Current => s_current ?? throw new InvalidOperationException("No value of a state is being read or written.");

    /// <summary>Serializes a value.</summary>
    /// <exception cref="NotSerializableException">It cannot be shared.</exception>
    public static void Write(PooledBufferWriter output, object? value, MemoryState state)
    {
        int start = output.WrittenCount;
        output.WriteInt32(0);
        if (ScalarCodec.TryWrite(output, value))
        {
            output.Patch(start, output.WrittenCount - start - sizeof(int));
            return;
        }

        MemoryState? outer = s_current;
        s_current = state;
        try
        {
            Serializer.Serialize(output, value);
        }
        catch
        {
            output.Truncate(start);
            throw;
        }
        finally
        {
            s_current = outer;
        }

        output.Patch(start, output.WrittenCount - start - sizeof(int));
    }

    /// <summary>Reads a value. A shared object that was removed is null.</summary>
    public static object? Read(ReadOnlyMemory<byte> bytes, MemoryState state)
    {
        if (ScalarCodec.TryRead(bytes.Span, out object? scalar))
        {
            return scalar;
        }

        MemoryState? outer = s_current;
        s_current = state;
        try
        {
            return Serializer.Deserialize(bytes);
        }
        finally
        {
            s_current = outer;
        }
    }
}

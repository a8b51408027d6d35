using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>How a state travels: its address, its name, and a token that stands for the handle until it has arrived.</summary>
internal sealed class StateHandleFormatter : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => "state";

    /// <inheritdoc/>
    public Type HandledType => typeof(MemoryState);

    /// <summary>Writes a state.</summary>
    public static void WriteState(ref PayloadWriter writer, MemoryState state)
    {
        long token = state.Depart();
        Passage.Add(state, token);
        writer.WriteString(state.Address);
        writer.WriteString(state.Name);
        writer.WriteInt64(token);
    }

    /// <summary>Reads a state.</summary>
    public static MemoryState ReadState(ref PayloadReader reader)
    {
        string address = reader.ReadText();
        string? name = reader.ReadString();
        return SharedStates.Attach(address, name, reader.ReadInt64());
    }

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle) => WriteState(ref writer, (MemoryState)handle);

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader) => ReadState(ref reader);
}

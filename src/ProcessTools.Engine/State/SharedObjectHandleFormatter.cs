using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>How a shared object travels: its state, and its name there.</summary>
internal sealed class SharedObjectHandleFormatter<T>(string typeKey) : IHandleFormatter
    where T : class, ISharedObject
{
    /// <inheritdoc/>
    public string TypeKey => typeKey;

    /// <inheritdoc/>
    public Type HandledType => typeof(T);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle)
    {
        T item = (T)handle;
        StateHandleFormatter.WriteState(ref writer, (MemoryState)item.State);
        writer.WriteString(item.Name);
        writer.WriteByte((byte)item.Kind);
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        MemoryState state = StateHandleFormatter.ReadState(ref reader);
        string name = reader.ReadText();
        return state.Find(name, (SharedObjectKind)reader.ReadByte());
    }
}

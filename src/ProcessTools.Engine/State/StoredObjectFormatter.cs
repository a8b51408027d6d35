using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>How a shared object is a value in its own state: its name and its number.</summary>
internal sealed class StoredObjectFormatter<T>(string typeKey) : IHandleFormatter
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
        if (item.State.Id != StateCodec.Current.Id)
        {
            throw new NotSerializableException("$", $"the {item.Kind} '{item.Name}' belongs to another state, '{item.State}'. Make it in this one.");
        }

        writer.WriteString(item.Name);
        writer.WriteByte((byte)item.Kind);
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        string name = reader.ReadText();
        return StateCodec.Current.FindOrNothing(name, (SharedObjectKind)reader.ReadByte())!;
    }
}

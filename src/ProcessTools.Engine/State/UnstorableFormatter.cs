using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>Refuses a handle as a value of a state, and says why.</summary>
internal sealed class UnstorableFormatter<T>(string typeKey) : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => typeKey;

    /// <inheritdoc/>
    public Type HandledType => typeof(T);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle) =>
        throw new NotSerializableException("$", $"a {typeof(T).Name} lives as long as processes hold it, and a shared state is none. Send it as a message, or pass it as an argument.");

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader) => throw new InvalidDataFrameException($"A shared state has no {typeof(T).Name}.");
}

namespace ProcessTools.Engine.Serialization;

/// <summary>Refuses a kind of handle that cannot travel this way, which would be sent as a heap of properties otherwise, and says why.</summary>
/// <param name="typeKey">What would name the kind on the wire.</param>
/// <param name="reason">Why it cannot travel, and what to do.</param>
internal sealed class RefusedHandleFormatter<T>(string typeKey, string reason) : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => typeKey;

    /// <inheritdoc/>
    public Type HandledType => typeof(T);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle) => throw new NotSerializableException("$", $"a {typeof(T).Name} {reason}");

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader) => throw new InvalidDataFrameException($"No {typeof(T).Name} may come this way.");
}

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// How a handle (a queue, an end of a pipe, a state, a lock) travels inside any object: not as data, but as what the other process needs
/// to open the same thing. Registered when a serializer is made; instances must be thread-safe.
/// </summary>
internal interface IHandleFormatter
{
    /// <summary>What names the kind on the wire. It must never change, and no two formatters of a serializer share one.</summary>
    public string TypeKey { get; }

    /// <summary>The type whose instances, and those of types derived from it, this formatter writes.</summary>
    public Type HandledType { get; }

    /// <summary>Writes what the other side needs.</summary>
    /// <param name="writer">Where to write to.</param>
    /// <param name="handle">An instance of <see cref="HandledType"/>.</param>
    public void Write(ref PayloadWriter writer, object handle);

    /// <summary>Opens the handle from what <see cref="Write"/> wrote.</summary>
    /// <param name="reader">Where to read from; it ends where the handle's own bytes end.</param>
    /// <returns>The handle.</returns>
    public object Read(ref PayloadReader reader);
}

using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>A formatter made of two functions.</summary>
/// <typeparam name="T">The type that it writes.</typeparam>
/// <param name="full">Writes in the full profile.</param>
/// <param name="plain">Writes in the plain profile.</param>
internal sealed class DelegateFormatter<T>(WriteValue<T> full, WriteValue<T> plain) : Formatter
    where T : notnull
{
    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context) => full(ref writer, (T)value, context);

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) => plain(ref writer, (T)value, context);
}

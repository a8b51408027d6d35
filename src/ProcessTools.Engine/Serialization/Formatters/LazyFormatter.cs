using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// A formatter that is made when the first value of its type comes. The code of a generic type over a structure of .NET cannot be compiled
/// ahead, so each process would spend the first milliseconds of its life on the formatters of types that it never meets.
/// </summary>
/// <param name="make">Makes the formatter; may run more than once when several threads meet the type at once.</param>
internal sealed class LazyFormatter(Func<Formatter> make) : Formatter
{
    private Formatter? _made;

    private Formatter Made => _made ??= make();

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context) => Made.Write(ref writer, value, context);

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) => Made.WritePlain(ref writer, value, context);
}

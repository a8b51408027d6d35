using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Writes values of one .NET type, in either profile. Made once for a type, used by all threads.</summary>
internal abstract class Formatter
{
    /// <summary>Writes a value in the full profile.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value; of the formatter's type.</param>
    /// <param name="context">The message.</param>
    public abstract void Write(ref MessagePackWriter writer, object value, WriteContext context);

    /// <summary>Writes a value in the plain profile.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value; of the formatter's type.</param>
    /// <param name="context">The message.</param>
    public abstract void WritePlain(ref MessagePackWriter writer, object value, WriteContext context);
}

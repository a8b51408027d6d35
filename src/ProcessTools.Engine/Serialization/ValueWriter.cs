using System.Management.Automation;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Writes any value: the commonest types at once, the others by their formatter.</summary>
internal static class ValueWriter
{
    /// <summary>Writes a value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value.</param>
    /// <param name="context">The message.</param>
    public static void Write(ref MessagePackWriter writer, object? value, WriteContext context)
    {
        switch (value)
        {
            case null:
                writer.WriteNil();
                return;
            case string text:
                Wire.WriteString(ref writer, text, context);
                return;
            case int number:
                writer.Write(number);
                return;
            case bool boolean:
                writer.Write(boolean);
                return;
            case PSObject wrapper:
                ObjectFormatter.Write(ref writer, wrapper, context);
                return;
            case double number:
                writer.Write(number);
                return;
            default:
                Formatter formatter = context.Serializer.FormatterFor(value);
                if (context.Serializer.Profile == WireProfile.Full)
                {
                    formatter.Write(ref writer, value, context);
                }
                else
                {
                    formatter.WritePlain(ref writer, value, context);
                }

                return;
        }
    }
}

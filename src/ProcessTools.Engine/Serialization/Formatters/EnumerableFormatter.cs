using System.Collections;
using System.Collections.Specialized;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Collections of types that do not come back: as an <see cref="ArrayList"/> or an <see cref="OrderedDictionary"/> whose type names say
/// what it was, as in remoting.
/// </summary>
/// <param name="type">The type.</param>
internal sealed class EnumerableFormatter(Type type) : Formatter
{
    private readonly string[] _typeNames = TypeFamily.Deserialized(type);

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context)
    {
        object copy = Copy(value, context);
        Wire.WriteMarker(ref writer, 2, WireCode.Wrapped);
        context.Enter(value, 2);
        if (copy is ArrayList list)
        {
            Wire.WriteMarker(ref writer, list.Count, WireCode.ArrayList);
            CollectionFormatters.WriteListItems(ref writer, value, list, list.Count, context);
        }
        else
        {
            ValueWriter.Write(ref writer, copy, context);
        }

        ObjectFormatter.WriteBag(ref writer, value, _typeNames, null, context.Reserve(0), 0, context);
        context.Leave();
    }

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context)
    {
        object copy = Copy(value, context);
        if (copy is ArrayList list)
        {
            CollectionFormatters.WriteList(ref writer, value, list, context);
        }
        else
        {
            ValueWriter.Write(ref writer, copy, context);
        }
    }

    private static object Copy(object value, WriteContext context)
    {
        if (value is IDictionary dictionary)
        {
            OrderedDictionary copy = new(StringComparer.OrdinalIgnoreCase);
            OrderedDictionary byCase = [];
            foreach (DictionaryEntry entry in dictionary)
            {
                byCase.Add(entry.Key, entry.Value);
                copy[entry.Key] = entry.Value;
            }

            return copy.Count == byCase.Count ? copy : byCase;
        }

        // No end is needed for an enumerator, so there is a limit before the memory ends.
        ArrayList items = [];
        foreach (object? item in (IEnumerable)value)
        {
            items.Add(item);
            if (items.Count > context.Limits.MaxElements)
            {
                throw context.Error($"{value.GetType()} has more than {context.Limits.MaxElements} elements; send it in pieces.");
            }
        }

        return items;
    }
}

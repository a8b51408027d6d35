using System.Collections;
using System.Collections.Specialized;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <content>Writing them.</content>
internal static partial class CollectionFormatters
{
    /// <summary>Writes an <c>object[]</c> as MessagePack's array.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="items">The array.</param>
    /// <param name="context">The message.</param>
    public static void WriteItems(ref MessagePackWriter writer, object?[] items, WriteContext context)
    {
        writer.WriteArrayHeader(items.Length);
        context.Enter(items, items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            context.At(i);
            ValueWriter.Write(ref writer, items[i], context);
        }

        context.Leave();
    }

    /// <summary>Writes a list as MessagePack's array.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="owner">The collection that it is.</param>
    /// <param name="items">Its elements.</param>
    /// <param name="context">The message.</param>
    public static void WriteList(ref MessagePackWriter writer, object owner, IList items, WriteContext context)
    {
        int count = items.Count;
        writer.WriteArrayHeader(count);
        WriteListItems(ref writer, owner, items, count, context);
    }

    /// <summary>Writes the elements of a list, after a header that says their number.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="owner">The collection that it is.</param>
    /// <param name="items">Its elements.</param>
    /// <param name="count">How many the header says.</param>
    /// <param name="context">The message.</param>
    public static void WriteListItems(ref MessagePackWriter writer, object owner, IList items, int count, WriteContext context)
    {
        context.Enter(owner, count);
        for (int i = 0; i < count; i++)
        {
            context.At(i);
            ValueWriter.Write(ref writer, items[i], context);
        }

        context.Leave();
    }

    /// <summary>Writes a dictionary as MessagePack's map.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="map">The dictionary.</param>
    /// <param name="context">The message.</param>
    public static void WriteMap(ref MessagePackWriter writer, IDictionary map, WriteContext context)
    {
        int count = map.Count;
        writer.WriteMapHeader(count);
        WritePairs(ref writer, map, count, context);
    }

    private static void WriteBytes(ref MessagePackWriter writer, byte[] value, WriteContext context)
    {
        context.Charge(value.Length);
        writer.Write(value);
    }

    private static void WriteHashtable(ref MessagePackWriter writer, Hashtable value, WriteContext context)
    {
        byte comparer = PowerShellInternals.HashtableComparer is { } get ? Comparers.NumberOf(get(value)) : Comparers.OrdinalIgnoreCase;
        if (comparer == Comparers.OrdinalIgnoreCase)
        {
            WriteMap(ref writer, value, context);
            return;
        }

        int count = value.Count;
        Wire.WriteMarker(ref writer, checked(count * 2), WireCode.Hashtable, comparer);
        WritePairs(ref writer, value, count, context);
    }

    private static void WriteOrdered(ref MessagePackWriter writer, OrderedDictionary value, WriteContext context)
    {
        byte comparer = PowerShellInternals.OrderedComparer is { } get ? Comparers.NumberOf(get(value)) : Comparers.OrdinalIgnoreCase;
        int count = value.Count;
        Wire.WriteMarker(ref writer, checked(count * 2), WireCode.OrderedDictionary, comparer);
        WritePairs(ref writer, value, count, context);
    }

    private static void WritePairs(ref MessagePackWriter writer, IDictionary map, int count, WriteContext context)
    {
        context.Enter(map, count);
        int written = 0;
        IDictionaryEnumerator enumerator = map.GetEnumerator();
        while (enumerator.MoveNext())
        {
            written++;
            context.At(enumerator.Key);
            ValueWriter.Write(ref writer, enumerator.Key, context);
            ValueWriter.Write(ref writer, enumerator.Value, context);
        }

        if (written != count)
        {
            throw context.Error("it was changed while it was being sent. Send a copy.");
        }

        context.Leave();
    }

    private static void WriteArrayList(ref MessagePackWriter writer, ArrayList value, WriteContext context)
    {
        int count = value.Count;
        Wire.WriteMarker(ref writer, count, WireCode.ArrayList);
        WriteListItems(ref writer, value, value, count, context);
    }

    private static void WriteEntry(ref MessagePackWriter writer, byte kind, object entry, object? key, object? value, WriteContext context)
    {
        Wire.WriteMarker(ref writer, 2, WireCode.Entry, kind);
        context.Enter(entry, 2);
        context.At("Key");
        ValueWriter.Write(ref writer, key, context);
        context.At("Value");
        ValueWriter.Write(ref writer, value, context);
        context.Leave();
    }

    private static void WriteEntryMap(ref MessagePackWriter writer, object entry, object? key, object? value, WriteContext context)
    {
        writer.WriteMapHeader(2);
        context.Enter(entry, 2);
        writer.Write("Key");
        context.At("Key");
        ValueWriter.Write(ref writer, key, context);
        writer.Write("Value");
        context.At("Value");
        ValueWriter.Write(ref writer, value, context);
        context.Leave();
    }

    private static void WriteJagged(ref MessagePackWriter writer, object?[] items, ElementType innermost, byte nesting, WriteContext context)
    {
        Wire.WriteMarker(ref writer, items.Length + 1, WireCode.JaggedArray, nesting);
        writer.Write(innermost.Code);
        WriteListItems(ref writer, items, items, items.Length, context);
    }

    private static void WriteMultiDimensional(ref MessagePackWriter writer, Array value, ElementType element, WriteContext context)
    {
        int rank = value.Rank;
        Wire.WriteMarker(ref writer, rank + 1, WireCode.MultiDimensionalArray, (byte)rank);
        for (int d = 0; d < rank; d++)
        {
            writer.Write(value.GetLength(d));
        }

        context.Enter(value, 1);
        ValueWriter.Write(ref writer, element.Flatten(value), context);
        context.Leave();
    }

    private static void WriteDimension(ref MessagePackWriter writer, Array value, int[] index, WriteContext context)
    {
        if (index.Length == value.Rank)
        {
            ValueWriter.Write(ref writer, value.GetValue(index), context);
            return;
        }

        int dimension = index.Length;
        int lower = value.GetLowerBound(dimension);
        int length = value.GetLength(dimension);
        writer.WriteArrayHeader(length);
        context.Enter(value, length);
        for (int i = 0; i < length; i++)
        {
            context.At(i);
            WriteDimension(ref writer, value, [.. index, lower + i], context);
        }

        context.Leave();
    }
}

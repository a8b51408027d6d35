using System.Buffers;
using System.Collections;
using System.Collections.Specialized;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Reads any value. What an extension's code stands for is looked up in two tables; nothing else is ever made.</summary>
internal static class ValueReader
{
    private const sbyte Timestamp = -1;

    /// <summary>About what a note property, or a pair of a hashtable, takes in memory.</summary>
    private const int BytesOfPair = 128;

    private static readonly ReadPayload?[] s_payloads = new ReadPayload?[128];
    private static readonly ReadComposite?[] s_composites = new ReadComposite?[128];
    private static readonly object[] s_smallIntegers = MakeSmallIntegers();
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    static ValueReader()
    {
        NumberFormatters.AddTo(s_payloads);
        TimeFormatters.AddTo(s_payloads);
        TextFormatters.AddTo(s_payloads);
        TypeFormatter.AddTo(s_payloads);
        SecretFormatters.AddTo(s_payloads, s_composites);
        CollectionFormatters.AddTo(s_payloads, s_composites);
        ObjectFormatter.AddTo(s_composites);
        EnumFormatter.AddTo(s_composites);
        ScriptBlockFormatter.AddTo(s_composites);
        ExceptionFormatter.AddTo(s_composites);
        ErrorRecordFormatter.AddTo(s_composites);
        RecordFormatters.AddTo(s_composites);
        HandleFormatter.AddTo(s_composites);
    }

    /// <summary>Reads a value.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>The value.</returns>
    public static object? Read(ref MessagePackReader reader, ReadContext context)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                return null;
            case MessagePackType.Boolean:
                return reader.ReadBoolean() ? s_true : s_false;
            case MessagePackType.Integer:
                return ReadInteger(ref reader);
            case MessagePackType.Float:
                return reader.NextCode == MessagePackCode.Float32 ? (object)reader.ReadSingle() : reader.ReadDouble();
            case MessagePackType.String:
                return Wire.ReadString(ref reader, context);
            case MessagePackType.Binary:
                return ReadBinary(ref reader, context);
            case MessagePackType.Array:
                return ReadArray(ref reader, context);
            case MessagePackType.Map:
                return ReadMap(ref reader, context);
            case MessagePackType.Extension:
                return ReadExtension(ref reader, context);
            default:
                throw new InvalidDataFrameException($"The data has a byte 0x{reader.NextCode:x2}, which MessagePack never uses.");
        }
    }

    /// <summary>Reads the marker after an array's header.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="data">The marker's byte.</param>
    /// <returns>Its code.</returns>
    public static sbyte ReadMarker(ref MessagePackReader reader, out byte data)
    {
        ExtensionHeader header = reader.ReadExtensionFormatHeader();
        if (header.Length != 1 || header.TypeCode < WireCode.FirstComposite)
        {
            throw new InvalidDataFrameException($"The data has an extension {header.TypeCode} where a marker is needed.");
        }

        data = ReadMarkerByte(ref reader);
        return header.TypeCode;
    }

    /// <summary>
    /// Reads the byte of a marker as the MessagePack integer that it also is: no marker has one from 128 to 254. That spares cutting a
    /// piece out of the input, which costs more than all the rest of a marker.
    /// </summary>
    private static byte ReadMarkerByte(ref MessagePackReader reader) =>
        reader.NextCode is <= MessagePackCode.MaxFixInt or Shape.Inline
            ? unchecked((byte)reader.ReadSByte())
            : throw new InvalidDataFrameException($"The data has a marker with a byte {reader.NextCode}.");

    private static object ReadInteger(ref MessagePackReader reader)
    {
        byte code = reader.NextCode;
        if (code == MessagePackCode.UInt64)
        {
            ulong big = reader.ReadUInt64();
            return big <= int.MaxValue ? (int)big : big <= long.MaxValue ? (long)big : big;
        }

        long value = reader.ReadInt64();
        if (value == (int)value)
        {
            int index = (int)value + 128;
            return (uint)index < (uint)s_smallIntegers.Length ? s_smallIntegers[index] : (int)value;
        }

        return value;
    }

    private static byte[] ReadBinary(ref MessagePackReader reader, ReadContext context)
    {
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? ReadOnlySequence<byte>.Empty;
        if (bytes.Length > Array.MaxLength)
        {
            throw new InvalidDataFrameException($"The data has {bytes.Length} bytes in one piece.");
        }

        context.Charge(bytes.Length);
        byte[] copy = GC.AllocateUninitializedArray<byte>((int)bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }

    private static object ReadArray(ref MessagePackReader reader, ReadContext context)
    {
        int count = reader.ReadArrayHeader();
        object? first = null;
        int read = 0;
        if (count > 0 && reader.NextCode == MessagePackCode.FixExt1)
        {
            ExtensionHeader header = reader.ReadExtensionFormatHeader();
            if (header.TypeCode >= WireCode.FirstComposite && IsAccepted(header.TypeCode, context))
            {
                return ReadComposite(ref reader, header.TypeCode, count - 1, context);
            }

            first = ReadPayload(ref reader, header, context);
            read = 1;
        }

        context.Enter(count, IntPtr.Size);
        object?[] items = new object?[count];
        for (int i = read; i < items.Length; i++)
        {
            items[i] = Read(ref reader, context);
        }

        if (read > 0)
        {
            items[0] = first;
        }

        context.Leave();
        return items;
    }

    private static object ReadComposite(ref MessagePackReader reader, sbyte code, int count, ReadContext context)
    {
        byte data = ReadMarkerByte(ref reader);
        ReadComposite read = s_composites[code] ?? throw new InvalidDataFrameException($"The data has a marker {code}, which does not exist.");
        context.Enter(count, BytesOfPair);
        object value = read(ref reader, data, count, context);
        context.Leave();
        return value;
    }

    private static object ReadMap(ref MessagePackReader reader, ReadContext context)
    {
        int count = reader.ReadMapHeader();
        context.Enter(count, BytesOfPair);
        object map = context.Serializer.Profile == WireProfile.Full
            ? CollectionFormatters.ReadPairs(ref reader, count, StringComparer.OrdinalIgnoreCase, context)
            : ReadPlainMap(ref reader, count, context);
        context.Leave();
        return map;
    }

    /// <summary>
    /// A map from another language keeps its order. Its keys compare without case, as in <c>[ordered]@{}</c>, unless two differ by case
    /// only, which other languages allow.
    /// </summary>
    private static OrderedDictionary ReadPlainMap(ref MessagePackReader reader, int count, ReadContext context)
    {
        OrderedDictionary byCase = CollectionFormatters.ReadOrderedPairs(ref reader, count, null, context);
        OrderedDictionary map = new(byCase.Count, StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in byCase)
        {
            if (map.Contains(entry.Key))
            {
                return byCase;
            }

            map.Add(entry.Key, entry.Value);
        }

        return map;
    }

    private static object? ReadExtension(ref MessagePackReader reader, ReadContext context) =>
        ReadPayload(ref reader, reader.ReadExtensionFormatHeader(), context);

    private static object? ReadPayload(ref MessagePackReader reader, ExtensionHeader header, ReadContext context)
    {
        if (header.TypeCode == Timestamp)
        {
            return reader.ReadDateTime(header);
        }

        if (header.TypeCode < 0 || context.Serializer.Profile == WireProfile.Plain || s_payloads[header.TypeCode] is not { } read)
        {
            throw new InvalidDataFrameException($"The data has an extension {header.TypeCode}, which is not accepted here.");
        }

        return read(reader.ReadRaw(header.Length), context);
    }

    // On the plain profile a handle is the only marker; whatever else another program means by its extensions is refused above.
    private static bool IsAccepted(sbyte code, ReadContext context) =>
        context.Serializer.Profile == WireProfile.Full || code == WireCode.Handle;

    private static object[] MakeSmallIntegers()
    {
        object[] integers = new object[128 + 1024];
        for (int i = 0; i < integers.Length; i++)
        {
            integers[i] = i - 128;
        }

        return integers;
    }
}

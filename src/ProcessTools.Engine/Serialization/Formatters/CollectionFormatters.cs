using System.Buffers;
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Runtime.InteropServices;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Arrays, lists and dictionaries.</summary>
internal static class CollectionFormatters
{
    /// <summary>More equal hash codes than this among the keys of one table are an attack, not chance.</summary>
    private const int MaxEqualHashes = 256;

    private static readonly FrozenDictionary<Type, CollectionKind> s_kinds = new Dictionary<Type, CollectionKind>
    {
        [typeof(List<>)] = CollectionKind.List,
        [typeof(HashSet<>)] = CollectionKind.HashSet,
        [typeof(Queue<>)] = CollectionKind.Queue,
        [typeof(Stack<>)] = CollectionKind.Stack,
        [typeof(Collection<>)] = CollectionKind.Collection,
        [typeof(SortedSet<>)] = CollectionKind.SortedSet,
        [typeof(LinkedList<>)] = CollectionKind.LinkedList,
        [typeof(ObservableCollection<>)] = CollectionKind.ObservableCollection,
        [typeof(ConcurrentQueue<>)] = CollectionKind.ConcurrentQueue,
        [typeof(ConcurrentBag<>)] = CollectionKind.ConcurrentBag,
        [typeof(ConcurrentStack<>)] = CollectionKind.ConcurrentStack,
        [typeof(Dictionary<,>)] = CollectionKind.Dictionary,
        [typeof(SortedDictionary<,>)] = CollectionKind.SortedDictionary,
        [typeof(ConcurrentDictionary<,>)] = CollectionKind.ConcurrentDictionary,
        [typeof(SortedList<,>)] = CollectionKind.SortedList,
    }.ToFrozenDictionary();

    /// <summary>Adds the formatters of the commonest collections.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table)
    {
        table.Add(typeof(object[]), new DelegateFormatter<object?[]>(WriteItems, WriteItems));
        table.Add(typeof(byte[]), new DelegateFormatter<byte[]>(WriteBytes, WriteBytes));
        table.Add(typeof(int[]), ElementTypes.Find(typeof(int))!.ArrayFormatter());
        table.Add(typeof(string[]), ElementTypes.Find(typeof(string))!.ArrayFormatter());
        table.Add(typeof(Hashtable), new DelegateFormatter<Hashtable>(WriteHashtable, WriteMap));
        table.Add(typeof(OrderedDictionary), new DelegateFormatter<OrderedDictionary>(WriteOrdered, WriteMap));
        table.Add(typeof(ArrayList), new DelegateFormatter<ArrayList>(WriteArrayList, static (ref w, v, c) => WriteList(ref w, v, v, c)));
        table.Add(typeof(DictionaryEntry), new DelegateFormatter<DictionaryEntry>(
            static (ref w, v, c) => WriteEntry(ref w, 0, v, v.Key, v.Value, c), static (ref w, v, c) => WriteEntryMap(ref w, v, v.Key, v.Value, c)));
        table.Add(typeof(KeyValuePair<string, object>), new DelegateFormatter<KeyValuePair<string, object?>>(
            static (ref w, v, c) => WriteEntry(ref w, 1, v, v.Key, v.Value, c), static (ref w, v, c) => WriteEntryMap(ref w, v, v.Key, v.Value, c)));
    }

    /// <summary>Adds the readers of collections.</summary>
    /// <param name="payloads">The table of values by code.</param>
    /// <param name="composites">The table of markers by code.</param>
    public static void AddTo(ReadPayload?[] payloads, ReadComposite?[] composites)
    {
        payloads[WireCode.PrimitiveArray] = ReadPrimitiveArray;
        composites[WireCode.Array] = static (ref r, data, count, c) => ElementTypes.FromCode(data).ReadElements(ref r, count, c);
        composites[WireCode.ArrayList] = static (ref r, _, count, c) => ReadArrayList(ref r, count, c);
        composites[WireCode.Hashtable] = ReadHashtable;
        composites[WireCode.OrderedDictionary] = ReadOrdered;
        composites[WireCode.Collection] = ReadCollection;
        composites[WireCode.Dictionary] = ReadDictionary;
        composites[WireCode.JaggedArray] = ReadJagged;
        composites[WireCode.MultiDimensionalArray] = ReadMultiDimensional;
        composites[WireCode.Entry] = ReadEntry;
    }

    /// <summary>The formatter of an array or a generic collection, or null if it does not come back as what it is.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The formatter.</returns>
    public static Formatter? Resolve(Type type)
    {
        if (type.IsArray)
        {
            return ResolveArray(type);
        }

        if (!type.IsGenericType || !s_kinds.TryGetValue(type.GetGenericTypeDefinition(), out CollectionKind kind))
        {
            return null;
        }

        Type[] arguments = type.GetGenericArguments();
        ElementType? first = ElementTypes.Find(arguments[0]);
        if (first is null || arguments.Length == 1)
        {
            return first?.CollectionFormatter(kind);
        }

        ElementType? second = ElementTypes.Find(arguments[1]);
        return second is null ? null : first.DictionaryFormatter(kind, second);
    }

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

    /// <summary>Refuses keys chosen to have equal hash codes, with which filling a table takes hours.</summary>
    /// <typeparam name="T">The type of the keys.</typeparam>
    /// <param name="keys">The keys.</param>
    public static void GuardAgainstCollisions<T>(ReadOnlySpan<T> keys)
    {
        // Strings hash with a secret of the process, and few keys do no harm.
        if (keys.Length <= MaxEqualHashes || typeof(T) == typeof(string))
        {
            return;
        }

        Dictionary<int, int> seen = new(keys.Length);
        foreach (T key in keys)
        {
            if (key is not (null or string))
            {
                ref int times = ref CollectionsMarshal.GetValueRefOrAddDefault(seen, key.GetHashCode(), out _);
                if (++times > MaxEqualHashes)
                {
                    throw new InvalidDataFrameException("The data has too many keys with equal hash codes.");
                }
            }
        }
    }

    /// <summary>Reads a map as a hashtable.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="count">How many pairs.</param>
    /// <param name="comparer">The comparer of the keys, or null.</param>
    /// <param name="context">The message.</param>
    /// <returns>The hashtable.</returns>
    public static Hashtable ReadPairs(ref MessagePackReader reader, int count, IEqualityComparer? comparer, ReadContext context)
    {
        Hashtable table = new(count, comparer);
        CollisionGuard guard = new(count);
        for (int i = 0; i < count; i++)
        {
            object key = ReadKey(ref reader, ref guard, context);
            table[key] = ValueReader.Read(ref reader, context);
        }

        return table;
    }

    /// <summary>Reads a map as an ordered dictionary.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="count">How many pairs.</param>
    /// <param name="comparer">The comparer of the keys, or null.</param>
    /// <param name="context">The message.</param>
    /// <returns>The dictionary.</returns>
    public static OrderedDictionary ReadOrderedPairs(ref MessagePackReader reader, int count, IEqualityComparer? comparer, ReadContext context)
    {
        OrderedDictionary table = new(count, comparer);
        CollisionGuard guard = new(count);
        for (int i = 0; i < count; i++)
        {
            object key = ReadKey(ref reader, ref guard, context);

            // By the object overload: an integer key would otherwise be taken for a position.
            table.Add(key, ValueReader.Read(ref reader, context));
        }

        return table;
    }

    private static object ReadKey(ref MessagePackReader reader, ref CollisionGuard guard, ReadContext context)
    {
        object key = ValueReader.Read(ref reader, context) ?? throw new InvalidDataFrameException("The data has a dictionary with an empty key.");
        if (key is not string)
        {
            guard.Check(key);
        }

        return key;
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

    private static Formatter? ResolveArray(Type type)
    {
        Type item = type.GetElementType()!;
        if (type.GetArrayRank() > 1 || !type.IsSZArray)
        {
            return ElementTypes.Find(item) is { } dimensional
                ? new DelegateFormatter<Array>((ref w, v, c) => WriteMultiDimensional(ref w, v, dimensional, c), static (ref w, v, c) => WriteDimension(ref w, v, [], c))
                : null;
        }

        if (ElementTypes.Find(item) is { } element)
        {
            return element.ArrayFormatter();
        }

        int nesting = 0;
        while (item.IsSZArray)
        {
            item = item.GetElementType()!;
            nesting++;
        }

        byte depth = (byte)Math.Min(nesting, 255);
        return nesting is >= 1 and <= 3 && ElementTypes.Find(item) is { } innermost
            ? new DelegateFormatter<Array>((ref w, v, c) => WriteJagged(ref w, (object?[])v, innermost, depth, c), static (ref w, v, c) => WriteItems(ref w, (object?[])v, c))
            : null;
    }

    private static void WriteJagged(ref MessagePackWriter writer, object?[] items, ElementType innermost, byte nesting, WriteContext context)
    {
        Wire.WriteMarker(ref writer, items.Length + 1, WireCode.JaggedArray, nesting);
        writer.Write(innermost.Code);
        WriteListItems(ref writer, items, items, items.Length, context);
    }

    private static object ReadJagged(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count == 0)
        {
            throw new InvalidDataFrameException("The data has an array of arrays without a type.");
        }

        ElementType innermost = ElementTypes.FromCode(reader.ReadInt64());
        object?[] items = new object?[count - 1];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = ValueReader.Read(ref reader, context);
        }

        return innermost.MakeJagged(items, data);
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

    private static object ReadMultiDimensional(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (data != count - 1 || data is 0 or > 32)
        {
            throw new InvalidDataFrameException($"The data has an array of {data} dimensions.");
        }

        int[] lengths = new int[data];
        long product = 1;
        foreach (ref int length in lengths.AsSpan())
        {
            length = reader.ReadInt32();
            product = length >= 0 && product <= int.MaxValue ? product * length : long.MaxValue;
        }

        if (ValueReader.Read(ref reader, context) is not Array flat || flat.Rank != 1 || flat.Length != product
            || ElementTypes.Find(flat.GetType().GetElementType()!) is not { } element)
        {
            throw new InvalidDataFrameException("The data has an array whose dimensions and elements disagree.");
        }

        context.Charge(flat.Length * 16L);
        return element.Reshape(flat, lengths);
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

    private static object ReadPrimitiveArray(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        if (payload.IsEmpty)
        {
            throw new InvalidDataFrameException("The data has an array without a type.");
        }

        ElementType element = ElementTypes.FromCode(payload.FirstSpan[0]);
        return element is IBlittableElementType blittable
            ? blittable.ReadBlock(payload.Slice(1), context)
            : throw new InvalidDataFrameException($"The data has an array of {element.Type.Name} as bytes.");
    }

    private static ArrayList ReadArrayList(ref MessagePackReader reader, int count, ReadContext context)
    {
        ArrayList list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(ValueReader.Read(ref reader, context));
        }

        return list;
    }

    private static object ReadHashtable(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        CheckPairs(count);
        return ReadPairs(ref reader, count / 2, Comparers.FromNumber(data), context);
    }

    private static object ReadOrdered(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        CheckPairs(count);
        return ReadOrderedPairs(ref reader, count / 2, Comparers.FromNumber(data), context);
    }

    private static object ReadCollection(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != 3)
        {
            throw new InvalidDataFrameException($"The data has a collection of {count} parts.");
        }

        byte comparer = reader.ReadByte();
        ElementType element = ElementTypes.FromCode(reader.ReadByte());
        Array items = ReadArrayOf(ref reader, element, context);
        context.Charge(items.Length * 48L);
        return element.MakeCollection((CollectionKind)data, items, comparer);
    }

    private static object ReadDictionary(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != 5)
        {
            throw new InvalidDataFrameException($"The data has a dictionary of {count} parts.");
        }

        byte comparer = reader.ReadByte();
        ElementType keyType = ElementTypes.FromCode(reader.ReadByte());
        ElementType valueType = ElementTypes.FromCode(reader.ReadByte());
        Array keys = ReadArrayOf(ref reader, keyType, context);
        Array values = ReadArrayOf(ref reader, valueType, context);
        if (keys.Length != values.Length)
        {
            throw new InvalidDataFrameException("The data has a dictionary with more keys than values.");
        }

        context.Charge(keys.Length * 64L);
        return keyType.MakeDictionary((CollectionKind)data, keys, values, valueType, comparer);
    }

    private static Array ReadArrayOf(ref MessagePackReader reader, ElementType element, ReadContext context) =>
        ValueReader.Read(ref reader, context) is Array items && items.GetType() == element.Type.MakeArrayType()
            ? items
            : throw new InvalidDataFrameException($"The data has a collection without its array of {element.Type.Name}.");

    private static object ReadEntry(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != 2)
        {
            throw new InvalidDataFrameException($"The data has an entry of {count} parts.");
        }

        object key = ValueReader.Read(ref reader, context) ?? throw new InvalidDataFrameException("The data has an entry with an empty key.");
        object? value = ValueReader.Read(ref reader, context);
        return data == 0 ? new DictionaryEntry(key, value) : new KeyValuePair<string, object?>((string)key, value);
    }

    private static void CheckPairs(int count)
    {
        if (count % 2 != 0)
        {
            throw new InvalidDataFrameException("The data has a dictionary with a key that has no value.");
        }
    }

    /// <summary>Counts equal hash codes while a table is filled.</summary>
    private ref struct CollisionGuard(int count)
    {
        private readonly bool _isNeeded = count > MaxEqualHashes;
        private Dictionary<int, int>? _seen;

        /// <summary>Counts a key.</summary>
        /// <param name="key">The key.</param>
        public void Check(object key)
        {
            if (_isNeeded)
            {
                _seen ??= [];
                ref int times = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, key.GetHashCode(), out _);
                if (++times > MaxEqualHashes)
                {
                    throw new InvalidDataFrameException("The data has too many keys with equal hash codes.");
                }
            }
        }
    }
}

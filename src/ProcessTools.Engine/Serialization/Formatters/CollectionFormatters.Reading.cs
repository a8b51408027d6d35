using System.Buffers;
using System.Collections;
using System.Collections.Specialized;
using System.Runtime.InteropServices;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <content>Reading them.</content>
internal static partial class CollectionFormatters
{
    /// <summary>More equal hash codes than this among the keys of one table are an attack, not chance.</summary>
    private const int MaxEqualHashes = 256;

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

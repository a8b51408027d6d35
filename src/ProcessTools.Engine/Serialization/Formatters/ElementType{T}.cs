using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Runtime.InteropServices;
using MessagePack;

// The key types of the table are never null where they are keys; T cannot say so, because it is also the type of values.
#pragma warning disable CS8714

namespace ProcessTools.Engine.Serialization;

/// <summary>An element type, written value by value.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <param name="code">Its number on the wire.</param>
internal class ElementType<T>(byte code) : ElementType(code, typeof(T))
{
    /// <inheritdoc/>
    public override Formatter ArrayFormatter() => new DelegateFormatter<T[]>(
        (ref w, v, c) => WriteArray(ref w, v, v, c), static (ref w, v, c) => WritePlain(ref w, v, v, c));

    /// <inheritdoc/>
    public override Formatter CollectionFormatter(CollectionKind kind) => kind switch
    {
        CollectionKind.List => new DelegateFormatter<List<T>>(
            (ref w, v, c) =>
            {
                Head(ref w, CollectionKind.List, Comparers.Default);
                WriteArray(ref w, v, CollectionsMarshal.AsSpan(v), c);
            },
            static (ref w, v, c) => WritePlain(ref w, v, CollectionsMarshal.AsSpan(v), c)),
        CollectionKind.HashSet => Of<HashSet<T>>(kind, static v => Comparers.NumberOf(v.Comparer)),
        CollectionKind.SortedSet => Of<SortedSet<T>>(kind, static v => Comparers.NumberOf(v.Comparer)),
        _ => Of<IEnumerable<T>>(kind, static _ => Comparers.Default),
    };

    /// <inheritdoc/>
    public override Formatter DictionaryFormatter(CollectionKind kind, ElementType valueType) => valueType.DictionaryFormatterOf(kind, this);

    /// <inheritdoc/>
    public override Formatter DictionaryFormatterOf<TKey>(CollectionKind kind, ElementType<TKey> keyType) => kind switch
    {
        CollectionKind.Dictionary => OfDictionary<Dictionary<TKey, T>, TKey>(kind, keyType, static v => Comparers.NumberOf(v.Comparer)),
        CollectionKind.SortedDictionary => OfDictionary<SortedDictionary<TKey, T>, TKey>(kind, keyType, static v => Comparers.NumberOf(v.Comparer)),
        CollectionKind.ConcurrentDictionary => OfDictionary<ConcurrentDictionary<TKey, T>, TKey>(kind, keyType, static v => Comparers.NumberOf(v.Comparer)),
        _ => OfDictionary<SortedList<TKey, T>, TKey>(kind, keyType, static v => Comparers.NumberOf(v.Comparer)),
    };

    /// <summary>Writes elements as an array of this type.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="owner">What they are in.</param>
    /// <param name="items">The elements.</param>
    /// <param name="context">The message.</param>
    public virtual void WriteArray(ref MessagePackWriter writer, object owner, ReadOnlySpan<T> items, WriteContext context)
    {
        Wire.WriteMarker(ref writer, items.Length, WireCode.Array, Code);
        WriteItems(ref writer, owner, items, context);
    }

    /// <inheritdoc/>
    public override Array ReadElements(ref MessagePackReader reader, int count, ReadContext context)
    {
        T[] items = new T[count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = Cast(ValueReader.Read(ref reader, context));
        }

        return items;
    }

    /// <inheritdoc/>
    public override Array Reshape(Array flat, int[] lengths)
    {
        T[] items = (T[])flat;
        Array array = Array.CreateInstance(typeof(T), lengths);
        int[] index = new int[lengths.Length];
        foreach (T item in items)
        {
            array.SetValue(item, index);
            for (int d = lengths.Length - 1; d >= 0 && ++index[d] == lengths[d]; d--)
            {
                index[d] = 0;
            }
        }

        return array;
    }

    /// <inheritdoc/>
    public override Array Flatten(Array array)
    {
        T[] items = new T[array.Length];
        int i = 0;
        foreach (T item in array)
        {
            items[i++] = item;
        }

        return items;
    }

    /// <inheritdoc/>
    public override Array MakeJagged(object?[] items, int nesting) => nesting switch
    {
        1 => CastAll<T[]>(items),
        2 => CastAll<T[][]>(items),
        3 => CastAll<T[][][]>(items),
        _ => throw new InvalidDataFrameException($"The data has arrays of arrays nested {nesting} times."),
    };

    /// <inheritdoc/>
    public override object MakeCollection(CollectionKind kind, Array elements, byte comparer)
    {
        T[] items = (T[])elements;
        switch (kind)
        {
            case CollectionKind.List:
                return new List<T>(items);
            case CollectionKind.HashSet:
                CollectionFormatters.GuardAgainstCollisions(items);
                return new HashSet<T>(items, Equality<T>(comparer));
            case CollectionKind.Queue:
                return new Queue<T>(items);
            case CollectionKind.Stack:
                Array.Reverse(items);
                return new Stack<T>(items);
            case CollectionKind.Collection:
                return new Collection<T>(new List<T>(items));
            case CollectionKind.SortedSet:
                return new SortedSet<T>(items, Order<T>(comparer));
            case CollectionKind.LinkedList:
                return new LinkedList<T>(items);
            case CollectionKind.ObservableCollection:
                return new ObservableCollection<T>(items);
            case CollectionKind.ConcurrentQueue:
                return new ConcurrentQueue<T>(items);
            case CollectionKind.ConcurrentBag:
                Array.Reverse(items);
                return new ConcurrentBag<T>(items);
            case CollectionKind.ConcurrentStack:
                Array.Reverse(items);
                return new ConcurrentStack<T>(items);
            default:
                throw new InvalidDataFrameException($"The data has a collection {(int)kind}, which does not exist.");
        }
    }

    /// <inheritdoc/>
    public override object MakeDictionary(CollectionKind kind, Array keys, Array values, ElementType valueType, byte comparer) =>
        valueType.MakeDictionaryOf(kind, (T[])keys, values, comparer);

    /// <inheritdoc/>
    public override object MakeDictionaryOf<TKey>(CollectionKind kind, TKey[] keys, Array values, byte comparer)
    {
        CollectionFormatters.GuardAgainstCollisions(keys);
        T[] items = (T[])values;
        IDictionary<TKey, T> dictionary = kind switch
        {
            CollectionKind.Dictionary => new Dictionary<TKey, T>(keys.Length, Equality<TKey>(comparer)),
            CollectionKind.SortedDictionary => new SortedDictionary<TKey, T>(Order<TKey>(comparer)),
            CollectionKind.ConcurrentDictionary => new ConcurrentDictionary<TKey, T>(Environment.ProcessorCount, keys.Length, Equality<TKey>(comparer)),
            CollectionKind.SortedList => new SortedList<TKey, T>(keys.Length, Order<TKey>(comparer)),
            _ => throw new InvalidDataFrameException($"The data has a dictionary {(int)kind}, which does not exist."),
        };
        for (int i = 0; i < keys.Length; i++)
        {
            dictionary.Add(keys[i] ?? throw new InvalidDataFrameException("The data has a dictionary with an empty key."), items[i]);
        }

        return dictionary;
    }

    /// <summary>Writes elements as a plain MessagePack array.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="owner">What they are in.</param>
    /// <param name="items">The elements.</param>
    /// <param name="context">The message.</param>
    private static void WritePlain(ref MessagePackWriter writer, object owner, ReadOnlySpan<T> items, WriteContext context)
    {
        if (typeof(T) == typeof(byte))
        {
            context.Charge(items.Length);
            writer.Write(MemoryMarshal.CreateReadOnlySpan(ref System.Runtime.CompilerServices.Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(items)), items.Length));
            return;
        }

        writer.WriteArrayHeader(items.Length);
        WriteItems(ref writer, owner, items, context);
    }

    private static void WriteItems(ref MessagePackWriter writer, object owner, ReadOnlySpan<T> items, WriteContext context)
    {
        context.Enter(owner, items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            context.At(i);
            ValueWriter.Write(ref writer, items[i], context);
        }

        context.Leave();
    }

    private static IEqualityComparer<TItem>? Equality<TItem>(byte comparer) => (object?)Comparers.FromNumber(comparer) as IEqualityComparer<TItem>;

    private static IComparer<TItem>? Order<TItem>(byte comparer) => (object?)Comparers.FromNumber(comparer) as IComparer<TItem>;

    private static T Cast(object? value)
    {
        if (value is T item)
        {
            return item;
        }

        if (value is null && default(T) is null)
        {
            return default!;
        }

        // A wrapper is dropped on the way where it says nothing; an array of wrappers gets it back.
        return typeof(T) == typeof(PSObject) && value is not null
            ? (T)(object)PSObject.AsPSObject(value)
            : throw new InvalidDataFrameException($"The data has {value?.GetType().Name ?? "nothing"} among elements of type {typeof(T).Name}.");
    }

    private static TItem[] CastAll<TItem>(object?[] items)
        where TItem : class
    {
        TItem[] result = new TItem[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            result[i] = items[i] is null or TItem ? (TItem)items[i]! : throw new InvalidDataFrameException($"The data has {items[i]!.GetType().Name} in an array of {typeof(TItem).Name}.");
        }

        return result;
    }

    private void Head(ref MessagePackWriter writer, CollectionKind kind, byte comparer)
    {
        Wire.WriteMarker(ref writer, 3, WireCode.Collection, (byte)kind);
        writer.Write(comparer);
        writer.Write(Code);
    }

    private DelegateFormatter<TCollection> Of<TCollection>(CollectionKind kind, Func<TCollection, byte> comparer)
        where TCollection : IEnumerable<T> => new(
            (ref w, v, c) =>
            {
                Head(ref w, kind, comparer(v));
                WriteArray(ref w, v, v.ToArray(), c);
            },
            static (ref w, v, c) => WritePlain(ref w, v, v.ToArray(), c));

    private DelegateFormatter<TDictionary> OfDictionary<TDictionary, TKey>(
        CollectionKind kind, ElementType<TKey> keyType, Func<TDictionary, byte> comparer)
        where TDictionary : IDictionary<TKey, T> => new(
            (ref w, v, c) =>
            {
                KeyValuePair<TKey, T>[] pairs = v.ToArray();
                Wire.WriteMarker(ref w, 5, WireCode.Dictionary, (byte)kind);
                w.Write(comparer(v));
                w.Write(keyType.Code);
                w.Write(Code);
                keyType.WriteArray(ref w, v, Array.ConvertAll(pairs, static p => p.Key), c);
                WriteArray(ref w, v, Array.ConvertAll(pairs, static p => p.Value), c);
            },
            static (ref w, v, c) =>
            {
                KeyValuePair<TKey, T>[] pairs = v.ToArray();
                w.WriteMapHeader(pairs.Length);
                c.Enter(v, pairs.Length);
                foreach (KeyValuePair<TKey, T> pair in pairs)
                {
                    c.At(pair.Key!);
                    ValueWriter.Write(ref w, pair.Key, c);
                    ValueWriter.Write(ref w, pair.Value, c);
                }

                c.Leave();
            });
}

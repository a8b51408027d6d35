using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Collections.Specialized;

namespace ProcessTools.Engine.Serialization;

/// <summary>Arrays, lists and dictionaries.</summary>
internal static partial class CollectionFormatters
{
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
        table.Add(typeof(int[]), new LazyFormatter(static () => ElementTypes.Find(typeof(int))!.ArrayFormatter()));
        table.Add(typeof(string[]), ElementTypes.Find(typeof(string))!.ArrayFormatter());
        table.Add(typeof(Hashtable), new DelegateFormatter<Hashtable>(WriteHashtable, WriteMap));
        table.Add(typeof(OrderedDictionary), new DelegateFormatter<OrderedDictionary>(WriteOrdered, WriteMap));
        table.Add(typeof(ArrayList), new DelegateFormatter<ArrayList>(WriteArrayList, static (ref w, v, c) => WriteList(ref w, v, v, c)));
        table.Add(typeof(DictionaryEntry), new LazyFormatter(static () => new DelegateFormatter<DictionaryEntry>(
            static (ref w, v, c) => WriteEntry(ref w, 0, v, v.Key, v.Value, c), static (ref w, v, c) => WriteEntryMap(ref w, v, v.Key, v.Value, c))));
        table.Add(typeof(KeyValuePair<string, object>), new LazyFormatter(static () => new DelegateFormatter<KeyValuePair<string, object?>>(
            static (ref w, v, c) => WriteEntry(ref w, 1, v, v.Key, v.Value, c), static (ref w, v, c) => WriteEntryMap(ref w, v, v.Key, v.Value, c))));
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
}

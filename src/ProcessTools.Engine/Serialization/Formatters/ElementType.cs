using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// A type that arrays and generic collections may have as element. Only these, so that no frame makes the runtime build types. The work
/// is in <see cref="ElementType{T}"/>, compiled for each, so that nothing is done by reflection.
/// </summary>
internal abstract class ElementType
{
    /// <summary>Makes one.</summary>
    /// <param name="code">Its number on the wire.</param>
    /// <param name="type">The type.</param>
    protected ElementType(byte code, Type type)
    {
        Code = code;
        Type = type;
    }

    /// <summary>Its number on the wire.</summary>
    public byte Code { get; }

    /// <summary>The type.</summary>
    public Type Type { get; }

    /// <summary>The formatter of its array.</summary>
    /// <returns>The formatter.</returns>
    public abstract Formatter ArrayFormatter();

    /// <summary>The formatter of a collection of it.</summary>
    /// <param name="kind">Which collection.</param>
    /// <returns>The formatter.</returns>
    public abstract Formatter CollectionFormatter(CollectionKind kind);

    /// <summary>The formatter of a dictionary with it as the type of keys.</summary>
    /// <param name="kind">Which dictionary.</param>
    /// <param name="valueType">The type of the values.</param>
    /// <returns>The formatter.</returns>
    public abstract Formatter DictionaryFormatter(CollectionKind kind, ElementType valueType);

    /// <summary>The formatter of a dictionary with it as the type of values.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <param name="kind">Which dictionary.</param>
    /// <param name="keyType">The type of the keys.</param>
    /// <returns>The formatter.</returns>
    public abstract Formatter DictionaryFormatterOf<TKey>(CollectionKind kind, ElementType<TKey> keyType);

    /// <summary>Reads the elements of an array whose header and marker have been read.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="count">How many.</param>
    /// <param name="context">The message.</param>
    /// <returns>The array.</returns>
    public abstract Array ReadElements(ref MessagePackReader reader, int count, ReadContext context);

    /// <summary>Makes an array of a number of dimensions from its elements in order.</summary>
    /// <param name="flat">The elements.</param>
    /// <param name="lengths">The lengths; their product is the number of elements.</param>
    /// <returns>The array.</returns>
    public abstract Array Reshape(Array flat, int[] lengths);

    /// <summary>The elements of an array of several dimensions, in order.</summary>
    /// <param name="array">The array.</param>
    /// <returns>The elements.</returns>
    public abstract Array Flatten(Array array);

    /// <summary>Makes an array of arrays, nested so many times.</summary>
    /// <param name="items">The arrays or nulls.</param>
    /// <param name="nesting">1 for <c>T[][]</c>.</param>
    /// <returns>The array.</returns>
    public abstract Array MakeJagged(object?[] items, int nesting);

    /// <summary>Makes a collection from its elements.</summary>
    /// <param name="kind">Which collection.</param>
    /// <param name="elements">The elements, in the order in which the collection enumerates.</param>
    /// <param name="comparer">The number of its comparer.</param>
    /// <returns>The collection.</returns>
    public abstract object MakeCollection(CollectionKind kind, Array elements, byte comparer);

    /// <summary>Makes a dictionary with this as the type of keys.</summary>
    /// <param name="kind">Which dictionary.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="values">The values, as many.</param>
    /// <param name="valueType">Their type.</param>
    /// <param name="comparer">The number of its comparer.</param>
    /// <returns>The dictionary.</returns>
    public abstract object MakeDictionary(CollectionKind kind, Array keys, Array values, ElementType valueType, byte comparer);

    /// <summary>Makes a dictionary with this as the type of values.</summary>
    /// <typeparam name="TKey">The type of keys.</typeparam>
    /// <param name="kind">Which dictionary.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="values">The values, as many.</param>
    /// <param name="comparer">The number of its comparer.</param>
    /// <returns>The dictionary.</returns>
    public abstract object MakeDictionaryOf<TKey>(CollectionKind kind, TKey[] keys, Array values, byte comparer);
}

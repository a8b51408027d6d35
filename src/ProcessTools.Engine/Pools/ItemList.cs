using System.Collections;
using System.Management.Automation;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools;

/// <summary>What users give as items (a collection, anything that can be enumerated, or a single object) and get as a result.</summary>
internal static class ItemList
{
    /// <summary>Reads all at once.</summary>
    public static object?[] Read(object? items)
    {
        object? bare = Unwrapped.Of(items);
        return bare switch
        {
            null => [],
            object?[] array => array,
            ICollection collection and not IDictionary => [.. collection.Cast<object?>()],
            _ => [.. Enumerate(items)],
        };
    }

    /// <summary>What a task wrote as one value: null for nothing, one object, or an array of several.</summary>
    public static object? ToResult(List<object?> outputs) => outputs.Count switch { 0 => null, 1 => outputs[0], _ => outputs.ToArray() };

    /// <summary>Reads one after another.</summary>
    public static IEnumerable<object?> Enumerate(object? items)
    {
        if (items is null)
        {
            return [];
        }

        IEnumerable? many = LanguagePrimitives.GetEnumerable(items);
        return many is null ? [items] : many.Cast<object?>();
    }
}

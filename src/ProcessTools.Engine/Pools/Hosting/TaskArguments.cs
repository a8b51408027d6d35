using System.Collections;
using System.Management.Automation;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>Makes the arguments of a task's script from its input.</summary>
internal static class TaskArguments
{
    /// <summary>Makes them.</summary>
    /// <param name="how">How the input is to be taken.</param>
    /// <param name="input">The input.</param>
    /// <param name="more">Arguments that follow.</param>
    /// <returns><c>$_</c>, the arguments by position and those by name, or null.</returns>
    public static (object? Item, object?[] Arguments, IDictionary? Named) Bind(PoolArguments how, object? input, IReadOnlyList<object?> more)
    {
        switch (how)
        {
            case PoolArguments.Item:
                return (input, more.Count == 0 ? [input] : [input, .. more], null);

            case PoolArguments.List:
                object?[] list = (object?[])input!;
                return (list.Length == 0 ? null : list[0], list, null);

            case PoolArguments.ListAndNamed:
                object?[] both = (object?[])input!;
                object?[] positional = (object?[]?)both[0] ?? [];
                return (positional.Length == 0 ? null : positional[0], positional, Named((IDictionary)both[1]!));

            default:
                return Splat(input, more);
        }
    }

    private static (object? Item, object?[] Arguments, IDictionary? Named) Splat(object? input, IReadOnlyList<object?> more)
    {
        object? bare = input is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : input;
        if (bare is IDictionary dictionary)
        {
            return (input, [.. more], Named(dictionary));
        }

        if (bare is not string && LanguagePrimitives.GetEnumerable(bare) is { } items)
        {
            return (input, [.. items.Cast<object?>(), .. more], null);
        }

        return (input, [input, .. more], null);
    }

    // Splatting wants names that are strings.
    private static Hashtable Named(IDictionary dictionary)
    {
        Hashtable named = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in dictionary)
        {
            named[LanguagePrimitives.ConvertTo<string>(entry.Key)] = entry.Value;
        }

        return named;
    }
}

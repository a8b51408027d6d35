using System.Collections;
using System.Globalization;

namespace ProcessTools.Provider;

/// <summary>What has children on a drive: the state itself, or a dictionary, which a namespace is too.</summary>
internal sealed class StateFolder
{
    private const string ItemsName = "Items";

    private readonly SharedState _state;
    private readonly SharedDictionary? _dictionary;

    private StateFolder(SharedState state, SharedDictionary? dictionary)
    {
        _state = state;
        _dictionary = dictionary;
    }

    /// <summary>The dictionary in which an entry of this folder is kept.</summary>
    private SharedDictionary Entries => _dictionary ?? _state.Items;

    /// <summary>The folder of a state's objects and of the entries of its <see cref="SharedState.Items"/>.</summary>
    public static StateFolder Root(SharedState state) => new(state, null);

    /// <summary>The folder that a value is, or null when it is none.</summary>
    public static StateFolder? Of(object? value) => value switch
    {
        SharedDictionary dictionary => new StateFolder(dictionary.State, dictionary),
        SharedNamespace names => new StateFolder(names.State, names.Items),
        _ => null,
    };

    /// <summary>Whether it is the state itself.</summary>
    public bool IsRoot => _dictionary is null;

    /// <summary>Tells it from other folders of the state.</summary>
    public string Id => _dictionary?.Name ?? "";

    /// <summary>Whether it has children.</summary>
    public bool HasChildren => Entries.Count > 0 || (_dictionary is null && Objects().Any());

    /// <summary>The names of the children, for paths.</summary>
    public IEnumerable<string> Names() => _dictionary is null
        ? Objects().Select(static info => info.Name).Concat(Entries.Keys.Cast<object>().Select(NameOf)).Distinct(StringComparer.OrdinalIgnoreCase)
        : Entries.Keys.Cast<object>().Select(NameOf);

    /// <summary>The children. An entry whose name is that of an object of the state is hidden by it.</summary>
    public IEnumerable<SharedStateItem> Children()
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        if (_dictionary is null)
        {
            foreach (SharedObjectInfo info in Objects())
            {
                names.Add(info.Name);
                yield return new SharedStateItem(info.Name, info, () => _state.Find(info.Name) is var found && found is SharedValue shared ? shared.Value : found);
            }
        }

        foreach (DictionaryEntry entry in Entries)
        {
            if (!names.Contains(NameOf(entry.Key)))
            {
                yield return new SharedStateItem(entry.Key, entry.Value);
            }
        }
    }

    /// <summary>A child's value: an object of the state, or the value of an entry.</summary>
    public bool TryGet(string name, out object? value)
    {
        value = FindObject(name);
        return value is not null || TryFindEntry(name, out _, out value);
    }

    /// <summary>A child as it is shown, or null when there is none.</summary>
    public SharedStateItem? Find(string name) => FindObject(name) is { } found
        ? new SharedStateItem((found as ISharedObject)?.Name ?? name, found)
        : TryFindEntry(name, out object key, out object? value) ? new SharedStateItem(key, value) : null;

    /// <summary>Sets a child: a value object, or an entry.</summary>
    /// <exception cref="SharedObjectMismatchException">The child is another shared object, which would be lost.</exception>
    public void Set(string name, object? value)
    {
        object? found = FindObject(name);
        object key = name;
        if (found is null && TryFindEntry(name, out key, out object? old))
        {
            found = old is ISharedObject or ProcessQueue ? old : null;
        }

        switch (found)
        {
            case null:
                Entries[key] = value;
                break;

            case SharedValue shared:
                shared.Value = value!;
                break;

            default:
                throw new SharedObjectMismatchException(name, "a value", KindOf(found));
        }
    }

    /// <summary>Sets an entry to a shared object that was made for it, or to a value.</summary>
    public void SetEntry(string name, object? value) => Entries[name] = value;

    /// <summary>Takes a child out.</summary>
    public void Remove(string name)
    {
        if (FindObject(name) is not null)
        {
            _state.Remove(name);
        }
        else if (TryFindEntry(name, out object key, out _))
        {
            Entries.Remove(key);
        }
    }

    /// <summary>What is said of a shared object in an error.</summary>
    public static string KindOf(object shared)
    {
        string kind = (shared as ISharedObject)?.Kind.ToString() ?? nameof(SharedObjectKind.Queue);
        return (kind[0] is 'A' or 'E' ? "an " : "a ") + kind;
    }

    private static string NameOf(object key) => key.ToString() ?? "";

    // The dictionary of the plain values is not itself a child.
    private IEnumerable<SharedObjectInfo> Objects() => _state.GetObjects().Where(static info => !IsItems(info.Name));

    private static bool IsItems(string name) => name.Equals(ItemsName, StringComparison.OrdinalIgnoreCase);

    private object? FindObject(string name) => _dictionary is null && !IsItems(name) ? _state.Find(name) : null;

    /// <summary>An entry by the text of its key: a text, or a number.</summary>
    private bool TryFindEntry(string name, out object key, out object? value)
    {
        SharedDictionary entries = Entries;
        key = name;
        if (entries.TryGetValue(name, out value))
        {
            return true;
        }

        if (int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && entries.TryGetValue(number, out value))
        {
            key = number;
            return true;
        }

        if (long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long large) && entries.TryGetValue(large, out value))
        {
            key = large;
            return true;
        }

        key = name;
        return false;
    }
}

using System.Management.Automation;

namespace ProcessTools.Provider;

/// <summary>A path on a drive: a state, and the names that lead to a place in it. A place need not exist; what leads there does, or it has no folder.</summary>
internal sealed class StatePath
{
    private static readonly char[] s_separators = ['\\', '/'];

    private StatePath(SharedState state, StateFolder? parent, string name)
    {
        State = state;
        Parent = parent;
        Name = name;
    }

    /// <summary>The state.</summary>
    public SharedState State { get; }

    /// <summary>Where the place is; null when there is no such folder, and for the root.</summary>
    public StateFolder? Parent { get; }

    /// <summary>Its name there; empty for the root.</summary>
    public string Name { get; }

    /// <summary>Whether it is the state itself.</summary>
    public bool IsRoot => Name.Length == 0;

    /// <summary>Follows a path.</summary>
    /// <param name="state">The state.</param>
    /// <param name="path">The path below its root.</param>
    public static StatePath Follow(SharedState state, string path)
    {
        string[] names = path.Split(s_separators, StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0)
        {
            return new StatePath(state, null, "");
        }

        StateFolder? folder = StateFolder.Root(state);
        foreach (string name in names.AsSpan(0, names.Length - 1))
        {
            folder = folder is not null && folder.TryGet(name, out object? value) ? StateFolder.Of(value) : null;
        }

        return new StatePath(state, folder, names[^1]);
    }

    /// <summary>The folder that this is, or null.</summary>
    public StateFolder? AsFolder() => IsRoot ? StateFolder.Root(State) : TryGet(out object? value) ? StateFolder.Of(value) : null;

    /// <summary>What is there.</summary>
    public bool TryGet(out object? value)
    {
        if (IsRoot)
        {
            value = State;
            return true;
        }

        value = null;
        return Parent is not null && Parent.TryGet(Name, out value);
    }

    /// <summary>What is there, as it is shown, or null.</summary>
    public SharedStateItem? AsItem() => IsRoot ? new SharedStateItem(State) : Parent?.Find(Name);

    /// <summary>Sets the value of the place.</summary>
    public void Set(object? value) => NotRoot().Set(Name, value);

    /// <summary>Makes the place empty: null for an entry, zero for a value, no entries for what has some.</summary>
    public void Clear()
    {
        StateFolder parent = NotRoot();
        if (!parent.TryGet(Name, out object? found))
        {
            return;
        }

        switch (found)
        {
            case SharedDictionary dictionary:
                dictionary.Clear();
                break;

            case SharedNamespace names:
                names.Items.Clear();
                break;

            case SharedList list:
                list.Clear();
                break;

            case SharedArray array:
                array.Clear();
                break;

            case SharedEvent signal:
                signal.Clear();
                break;

            case SharedValue shared:
                shared.Value = Activator.CreateInstance(shared.ValueType)!;
                break;

            case ISharedObject or ProcessQueue:
                throw new PSNotSupportedException($"'{Name}' is {StateFolder.KindOf(found)}, which has nothing to clear.");

            default:
                parent.Set(Name, null);
                break;
        }
    }

    /// <summary>The folder of the place; an error when there is none.</summary>
    public StateFolder NotRoot() =>
        IsRoot ? throw new PSArgumentException($"The root of the shared state '{State}' has no value. Name an item in it.")
        : Parent ?? throw new ItemNotFoundException($"The shared state '{State}' has no dictionary or namespace to hold '{Name}'.");
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ProcessTools.Provider;

/// <content>Makes items: objects of the state, or entries.</content>
public sealed partial class SharedStateProvider
{
    /// <inheritdoc/>
    protected override void NewItem(string path, string itemTypeName, object newItemValue) => Try(path, place =>
    {
        StateFolder parent = place.NotRoot();
        SharedObjectKind? kind = KindOf(itemTypeName);
        if (parent.TryGet(place.Name, out object? existing) && !(Force && kind is null && existing is not (ISharedObject or ProcessQueue)))
        {
            WriteError(new ErrorRecord(
                new PSInvalidOperationException($"There is an item '{path}' already. Set-Content sets its value."), "SharedItemExists", ErrorCategory.ResourceExists, path));
            return false;
        }

        if (ShouldProcess(path, kind is null ? "Add to the shared state" : $"Make a shared {kind}"))
        {
            object? value = Bare(newItemValue);
            if (kind is null)
            {
                parent.Set(place.Name, newItemValue);
            }
            else if (parent.IsRoot)
            {
                Make(place.State, kind.Value, place.Name, value);
            }
            else
            {
                // An object without a name, which the entry leads to.
                parent.SetEntry(place.Name, Make(place.State, kind.Value, null, value));
            }

            GetItem(path);
        }

        return true;
    });

    private static object? Bare(object? value) => value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;

    private static SharedObjectKind? KindOf(string? typeName) =>
        string.IsNullOrEmpty(typeName) || typeName.Equals("Entry", StringComparison.OrdinalIgnoreCase) || typeName.Equals("Item", StringComparison.OrdinalIgnoreCase) ? null
        : Enum.TryParse(typeName, ignoreCase: true, out SharedObjectKind kind) && Enum.IsDefined(kind) && !char.IsAsciiDigit(typeName[0]) ? kind
        : throw new PSArgumentException($"'{typeName}' is no type of items here. Take one of {string.Join(", ", Enum.GetNames<SharedObjectKind>())}, or leave -ItemType out for a plain value.");

    private static object Make(SharedState state, SharedObjectKind kind, string? name, object? value)
    {
        switch (kind)
        {
            case SharedObjectKind.Dictionary:
                IDictionary? entries = Entries(value);
                SharedDictionary dictionary = state.Dictionary(name);
                Fill(dictionary, entries);
                return dictionary;

            case SharedObjectKind.Namespace:
                IDictionary? properties = Entries(value);
                SharedNamespace names = state.Namespace(name);
                Fill(names.Items, properties);
                return names;

            case SharedObjectKind.List:
                SharedList list = state.List(name);
                if (value is not null)
                {
                    list.AddRange(LanguagePrimitives.GetEnumerable(value) ?? new[] { value });
                }

                return list;

            case SharedObjectKind.Value:
                return state.Value(name, value ?? throw Needs("what the value is at first, such as -Value 0"));

            case SharedObjectKind.Array:
                return state.Array(name, value as Array ?? throw Needs("the elements, such as -Value ([double[]]::new(1000))"));

            case SharedObjectKind.Lock:
                return state.Lock(name);

            case SharedObjectKind.RLock:
                return state.RLock(name);

            case SharedObjectKind.Semaphore:
                return state.Semaphore(name, Number<int?>(value));

            case SharedObjectKind.BoundedSemaphore:
                return state.BoundedSemaphore(name, Number<int?>(value));

            case SharedObjectKind.Event:
                return state.Event(name);

            case SharedObjectKind.Condition:
                return state.Condition(name, value is null ? null : value as SharedLockable ?? throw Needs("the lock that the condition works with"));

            case SharedObjectKind.Barrier:
                return state.Barrier(name, Number<int?>(value) ?? throw Needs("the number of parties, such as -Value 3"));

            default:
                return state.Queue(name, Number<long?>(value));
        }
    }

    private static IDictionary? Entries(object? value) => value is null ? null : value as IDictionary ?? throw Needs("a hashtable, or nothing");

    private static void Fill(SharedDictionary dictionary, IDictionary? entries)
    {
        if (entries is not null)
        {
            dictionary.SetMany(entries);
        }
    }

    private static T Number<T>(object? value) => (T)LanguagePrimitives.ConvertTo(value, typeof(T), CultureInfo.InvariantCulture)!;

    private static PSArgumentException Needs(string what) => new($"-Value must be {what}.");
}

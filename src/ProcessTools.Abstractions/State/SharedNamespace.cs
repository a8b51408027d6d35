using System.Dynamic;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// Named values as properties (Python's <c>Namespace</c>): <c>$n.Verbose = $true</c>. A property that was never set is null. Names are the same in upper and lower case. For atomic operations on one property, and for names that are
/// also members of this class, use <see cref="Items"/>.
/// </summary>
public abstract class SharedNamespace : DynamicObject, ISharedObject
{
    private protected SharedNamespace(SharedState state, string name)
    {
        State = state;
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public SharedObjectKind Kind => SharedObjectKind.Namespace;

    /// <inheritdoc/>
    public SharedState State { get; }

    /// <summary>The properties as a dictionary, with all its operations.</summary>
    public abstract SharedDictionary Items { get; }

    /// <inheritdoc/>
    public override bool TryGetMember(GetMemberBinder binder, out object? result)
    {
        result = Items[binder.Name];
        return true;
    }

    /// <inheritdoc/>
    public override bool TrySetMember(SetMemberBinder binder, object? value)
    {
        Items[binder.Name] = value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;
        return true;
    }

    /// <inheritdoc/>
    public override IEnumerable<string> GetDynamicMemberNames() => Items.Keys.OfType<string>();

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

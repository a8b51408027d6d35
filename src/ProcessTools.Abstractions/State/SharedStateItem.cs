using System.Collections;

namespace ProcessTools;

/// <summary>What a drive of a <see cref="SharedState"/> shows of an object of the state, or of an entry of a dictionary.</summary>
public sealed class SharedStateItem
{
    private readonly Func<object?> _value;

    internal SharedStateItem(object key, SharedObjectInfo info, Func<object?> value)
    {
        Key = key;
        Kind = info.Kind.ToString();
        Type = info.Type;
        Count = info.Count;
        _value = value;
    }

    internal SharedStateItem(object key, object? value)
    {
        object? bare = value is System.Management.Automation.PSObject wrapped ? wrapped.BaseObject : value;
        Key = key;
        Kind = (bare as ISharedObject)?.Kind.ToString() ?? (bare is ProcessQueue ? nameof(SharedObjectKind.Queue) : "Entry");
        Type = bare switch
        {
            SharedValue number => number.ValueType.Name,
            SharedArray array => array.ElementType.Name,
            null or ISharedObject or ProcessQueue => "",
            _ => bare.GetType().Name,
        };
        Count = bare switch
        {
            SharedNamespace names => names.Items.Count,
            ProcessQueue queue => queue.Count,
            ICollection collection => collection.Count,
            _ => null,
        };
        _value = () => bare is SharedValue shared ? shared.Value : value;
    }

    internal SharedStateItem(SharedState state)
    {
        Key = state.ToString();
        Kind = "State";
        Type = "";
        Count = state.GetObjects().Length;
        _value = () => state;
    }

    /// <summary>The name of the object, or the key as text.</summary>
    public string Name => Key.ToString() ?? "";

    /// <summary>The key, which need not be a text.</summary>
    public object Key { get; }

    /// <summary>The kind of the object, as in <see cref="SharedObjectKind"/>; <c>Entry</c> for what is none, <c>State</c> for the root of the drive.</summary>
    public string Kind { get; }

    /// <summary>The type of the value or of the elements; empty where there is none.</summary>
    public string Type { get; }

    /// <summary>How many entries, items or elements it has; null for what has none.</summary>
    public long? Count { get; }

    /// <summary>The value of an entry or of a <see cref="SharedValue"/>; otherwise the shared object itself, or null when it is gone.</summary>
    public object? Value
    {
        get
        {
            try
            {
                return _value();
            }
            catch (ProcessToolsException)
            {
                // Between the listing and this another process has removed it. To show a table is no reason to fail.
                return null;
            }
        }
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

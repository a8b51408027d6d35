namespace ProcessTools;

/// <summary>What <see cref="SharedState.GetObjects"/> tells of one object.</summary>
public sealed class SharedObjectInfo
{
    internal SharedObjectInfo(string name, SharedObjectKind kind, string type, long? count, long bytes)
    {
        Name = name;
        Kind = kind;
        Type = type;
        Count = count;
        Bytes = bytes;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public SharedObjectKind Kind { get; }

    /// <summary>The type of its value or elements, such as <c>Int32</c>; empty for objects that have none.</summary>
    public string Type { get; }

    /// <summary>How many entries, items or elements it has; null for what has none.</summary>
    public long? Count { get; }

    /// <summary>About how many bytes it takes.</summary>
    public long Bytes { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

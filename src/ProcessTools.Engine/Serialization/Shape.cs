namespace ProcessTools.Engine.Serialization;

/// <summary>What objects of one kind have in common: their type names and the names of their properties, in order. Written once a message.</summary>
internal sealed class Shape
{
    /// <summary>How many shapes a message remembers; the marker of an object has one byte for the number, of which half is used.</summary>
    internal const int MaxRemembered = 128;

    /// <summary>The data byte of an object's marker when the shape itself follows.</summary>
    internal const byte Inline = 255;

    /// <summary>More type names than this is not a type's family tree.</summary>
    internal const int MaxTypeNames = 64;

    /// <summary>Makes a shape.</summary>
    /// <param name="typeNames">The type names, or null for those of a plain <c>[pscustomobject]</c>.</param>
    /// <param name="names">The names of the properties.</param>
    public Shape(string[]? typeNames, string[] names)
    {
        TypeNames = typeNames;
        Names = names;
    }

    /// <summary>The type names, or null for those of a plain <c>[pscustomobject]</c>.</summary>
    public string[]? TypeNames { get; }

    /// <summary>The names of the properties.</summary>
    public string[] Names { get; }

    /// <summary>
    /// Whether an object of this shape has been made in the public way in this process, so that PowerShell's call sites know its names.
    /// </summary>
    public bool IsAnnounced { get; set; }

    /// <summary>Whether an object with these names has this shape.</summary>
    /// <param name="typeNames">The object's type names, or null.</param>
    /// <param name="names">The object's property names.</param>
    /// <returns>True if it has.</returns>
    public bool Matches(string[]? typeNames, ReadOnlySpan<string> names)
    {
        if (names.Length != Names.Length || !ReferenceEquals(typeNames, TypeNames) && !SameNames(typeNames, TypeNames))
        {
            return false;
        }

        string[] mine = Names;
        for (int i = 0; i < names.Length; i++)
        {
            // Names of objects that a loop made are mostly the very same strings.
            if (!ReferenceEquals(mine[i], names[i]) && mine[i] != names[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameNames(string[]? left, string[]? right) =>
        left is not null && right is not null && left.AsSpan().SequenceEqual(right);
}

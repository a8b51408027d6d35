using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;

namespace ProcessTools.Engine.Serialization;

/// <summary>The names of a type and of those it derives from, as PowerShell gives them to its instances.</summary>
internal static class TypeFamily
{
    private static readonly ConditionalWeakTable<Type, string[]> s_names = [];

    /// <summary>Whether type names are just those of the type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="names">The type names of an instance.</param>
    /// <returns>True if they are.</returns>
    public static bool IsOf(Type type, Collection<string> names)
    {
        // Names are added in front; the rest of the family is not looked at.
        string[] own = NamesOf(type);
        return names.Count == own.Length && names[0] == own[0];
    }

    /// <summary>The names.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The names, the type's own first.</returns>
    public static string[] NamesOf(Type type) => s_names.GetValue(type, static t => Collect(t, ""));

    /// <summary>The names with <c>Deserialized.</c> in front.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The names, the type's own first.</returns>
    public static string[] Deserialized(Type type) => Collect(type, "Deserialized.");

    private static string[] Collect(Type type, string prefix)
    {
        List<string> names = [];
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            names.Add(prefix + (current.FullName ?? current.Name));
        }

        return [.. names];
    }
}

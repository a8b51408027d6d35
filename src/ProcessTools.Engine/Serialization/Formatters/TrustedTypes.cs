using System.Buffers;
using System.Collections.Concurrent;
using System.Management.Automation;
using System.Reflection;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// The types that a name on the wire may stand for, as the type of an enum's value or as a <see cref="Type"/> itself: those of the .NET
/// runtime and of PowerShell that are loaded already. Nothing is loaded and nothing but enum values is made.
/// </summary>
internal static class TrustedTypes
{
    /// <summary>Names that are looked up often are few; beyond this many the memory is cleared, so that a peer cannot fill it.</summary>
    private const int MaxRemembered = 1024;

    private const int MaxNameLength = 256;
    private static readonly SearchValues<char> s_notInNames = SearchValues.Create("[],*&\\");
    private static readonly string? s_runtimeFolder = Path.GetDirectoryName(typeof(object).Assembly.Location);
    private static readonly ConcurrentDictionary<string, Type?> s_found = new(StringComparer.Ordinal);

    /// <summary>Finds a type.</summary>
    /// <param name="name">Its full name, without an assembly.</param>
    /// <returns>The type, or null if it is not one of those.</returns>
    public static Type? Find(string name)
    {
        if (name.Length > MaxNameLength || name.AsSpan().ContainsAny(s_notInNames))
        {
            return null;
        }

        if (s_found.TryGetValue(name, out Type? type))
        {
            return type;
        }

        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (IsTrusted(assembly) && assembly.GetType(name, throwOnError: false) is { IsVisible: true } found)
            {
                type = found;
                break;
            }
        }

        if (s_found.Count >= MaxRemembered)
        {
            s_found.Clear();
        }

        return s_found[name] = type;
    }

    /// <summary>Whether a type comes back from its name.</summary>
    /// <param name="type">The type.</param>
    /// <returns>True if it does.</returns>
    public static bool Contains(Type type) => type.FullName is { } name && Find(name) == type;

    private static bool IsTrusted(Assembly assembly) =>
        !assembly.IsDynamic
        && (assembly == typeof(PSObject).Assembly
            || (assembly.Location is { Length: > 0 } location && Path.GetDirectoryName(location) == s_runtimeFolder
                && assembly.GetName().Name is { } name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal))));
}

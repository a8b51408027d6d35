using System.Collections;

namespace ProcessTools.Engine.Serialization;

/// <summary>The comparers that dictionaries and sets keep on the way. The numbers are on the wire; any other comparer becomes the default.</summary>
internal static class Comparers
{
    /// <summary>Keys compare by themselves, strings by case.</summary>
    public const byte Default = 0;

    /// <summary>Strings compare without case, as in <c>@{}</c>.</summary>
    public const byte OrdinalIgnoreCase = 1;

    /// <summary>Strings compare without case by the rules of the current culture.</summary>
    public const byte CultureIgnoreCase = 2;

    /// <summary>Strings compare by case and the rules of the current culture.</summary>
    public const byte Culture = 3;

    /// <summary>The number of a comparer.</summary>
    /// <param name="comparer">The comparer, or null.</param>
    /// <returns>Its number.</returns>
    public static byte NumberOf(object? comparer)
    {
        if (ReferenceEquals(comparer, StringComparer.OrdinalIgnoreCase))
        {
            return OrdinalIgnoreCase;
        }

        if (comparer is not IEqualityComparer<string?> strings)
        {
            // The comparers of other key types are the default ones; an old one of non-generic collections is tried.
            bool isGeneric = comparer is null || comparer.GetType().Namespace == typeof(EqualityComparer<>).Namespace;
            return !isGeneric && comparer is IEqualityComparer old && old.Equals("a", "A") ? OrdinalIgnoreCase : Default;
        }

        if (StringComparer.IsWellKnownCultureAwareComparer(strings, out _, out System.Globalization.CompareOptions options))
        {
            return options.HasFlag(System.Globalization.CompareOptions.IgnoreCase) ? CultureIgnoreCase : Culture;
        }

        return strings.Equals("a", "A") ? OrdinalIgnoreCase : Default;
    }

    /// <summary>The comparer of a number, null for the default.</summary>
    /// <param name="number">The number.</param>
    /// <returns>The comparer.</returns>
    public static StringComparer? FromNumber(int number) => number switch
    {
        Default => null,
        OrdinalIgnoreCase => StringComparer.OrdinalIgnoreCase,
        CultureIgnoreCase => StringComparer.CurrentCultureIgnoreCase,
        Culture => StringComparer.CurrentCulture,
        _ => throw new InvalidDataFrameException($"The data has a comparer {number}, which does not exist."),
    };
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace ProcessTools.HelpGenerator.Commands;

/// <summary>Says what a parameter is that was not given.</summary>
internal static class DefaultValues
{
    /// <summary>Describes a value.</summary>
    /// <param name="value">The property's value in a new command.</param>
    /// <returns>The value for people; <c>None</c> for null and for what is empty.</returns>
    public static string Describe(object? value) => value switch
    {
        null or "" => "None",
        SwitchParameter flag => flag.IsPresent ? "True" : "False",
        string text => text,
        TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        Encoding encoding => encoding.WebName,
        ICollection { Count: 0 } => "None",
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(Describe)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "None",
    };
}

using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// Makes a TimeSpan of what people write as a time: a number of seconds, with fractions, or a TimeSpan. PowerShell itself would
/// take a whole number for ticks.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeoutTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null or TimeSpan)
        {
            return value;
        }

        if (value is string text && TimeSpan.TryParseExact(text, ["c", "g"], CultureInfo.InvariantCulture, out TimeSpan span) && text.Contains(':', StringComparison.Ordinal))
        {
            return span;
        }

        if (!LanguagePrimitives.TryConvertTo(value, CultureInfo.InvariantCulture, out double seconds) || double.IsNaN(seconds))
        {
            throw new ArgumentTransformationMetadataException($"'{value}' is not a time. Give a number of seconds, such as 2.5, or a TimeSpan.");
        }

        return seconds < 0 || seconds > TimeSpan.MaxValue.TotalSeconds / 2
            ? throw new ArgumentTransformationMetadataException($"{seconds} seconds is not a time to wait. Give a number of seconds that is not negative.")
            : TimeSpan.FromSeconds(seconds);
    }
}

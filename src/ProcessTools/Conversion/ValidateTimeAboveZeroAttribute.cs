using System.Management.Automation;

namespace ProcessTools;

/// <summary>Refuses a time in which nothing could be done.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateTimeAboveZeroAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is not TimeSpan time || time <= TimeSpan.Zero)
        {
            throw new ValidationMetadataException("The time is zero or less. Give a number of seconds above zero, such as 10, or a TimeSpan.");
        }
    }
}

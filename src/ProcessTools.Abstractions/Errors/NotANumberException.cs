using System.Management.Automation;

namespace ProcessTools;

/// <summary>A shared value that something was to be added to is no number, or the sum is none. ErrorId <c>NotANumber</c>.</summary>
public sealed class NotANumberException : ProcessToolsException
{
    internal NotANumberException(string name, string reason)
        : base(
            "NotANumber",
            ErrorCategory.InvalidData,
            $"'{name}' {reason} Nothing was changed.",
            name)
    {
    }
}

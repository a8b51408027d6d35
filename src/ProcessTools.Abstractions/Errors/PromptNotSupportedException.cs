using System.Management.Automation;

namespace ProcessTools;

/// <summary>Script in a worker asked for something to be typed, where nobody sits. ErrorId <c>PromptNotSupported</c>.</summary>
public sealed class PromptNotSupportedException : ProcessToolsException
{
    internal PromptNotSupportedException(string what)
        : base(
            "PromptNotSupported",
            ErrorCategory.InvalidOperation,
            $"{what} needs somebody at a keyboard, and a worker has none. Pass the value in with -ArgumentList, -Parameter or $using:, or use -Confirm:$false.")
    {
    }
}

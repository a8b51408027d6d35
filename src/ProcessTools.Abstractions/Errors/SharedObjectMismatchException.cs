using System.Management.Automation;

namespace ProcessTools;

/// <summary>A name stands for another object than was asked for. ErrorId <c>SharedObjectMismatch</c>.</summary>
public sealed class SharedObjectMismatchException : ProcessToolsException
{
    internal SharedObjectMismatchException(string name, string asked, string found)
        : base(
            "SharedObjectMismatch",
            ErrorCategory.InvalidArgument,
            $"The name '{name}' stands for {found}, not for {asked}. Take another name, or remove the object first.",
            name)
    {
    }
}

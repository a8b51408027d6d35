using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>A queue of this name exists and is different from what was asked for. ErrorId <c>QueueMismatch</c>.</summary>
public sealed class QueueMismatchException : ProcessToolsException
{
    internal QueueMismatchException(string name, long? asked, long? found)
        : base(
            "QueueMismatch",
            ErrorCategory.InvalidArgument,
            string.Create(CultureInfo.InvariantCulture, $"A queue named '{name}' exists with {(found is null ? "no capacity" : "the capacity " + found)}, not {asked}. Leave -Capacity out to get the one that exists, or take another name."),
            name)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>More processes hold a channel than it can keep track of. ErrorId <c>TooManyHolders</c>.</summary>
public sealed class TooManyHoldersException : ProcessToolsException
{
    internal TooManyHoldersException(string id, int most)
        : base(
            "TooManyHolders",
            ErrorCategory.LimitsExceeded,
            $"{most} processes, and messages that nobody has received, hold '{id}' already, and no more can. Let one end, or make another channel.",
            id)
    {
    }
}

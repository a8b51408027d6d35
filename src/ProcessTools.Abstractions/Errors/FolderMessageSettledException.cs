using System.Management.Automation;

namespace ProcessTools;

/// <summary>A file of a watched folder is no longer in this process's hand. ErrorId <c>FolderMessageSettled</c>.</summary>
public sealed class FolderMessageSettledException : ProcessToolsException
{
    internal FolderMessageSettledException(FolderMessage message, string wish)
        : base(
            "FolderMessageSettled",
            ErrorCategory.InvalidOperation,
            $"The file '{message.Name}' cannot be {wish}: it is {message.State.ToString().ToLowerInvariant()} already, and is now '{message.FullName}'. Say once what becomes of a file; with -Manual, nobody else does.",
            message)
    {
    }
}

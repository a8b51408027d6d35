using System.Management.Automation;

namespace ProcessTools;

/// <summary>A watched folder, or where its files go, cannot be read or written. ErrorId <c>FolderAccessFailed</c>.</summary>
public sealed class FolderAccessException : ProcessToolsException
{
    internal FolderAccessException(string path, string reason, Exception? innerException = null)
        : base(
            "FolderAccessFailed",
            innerException is UnauthorizedAccessException ? ErrorCategory.PermissionDenied : ErrorCategory.ResourceUnavailable,
            $"The folder '{path}' cannot be used: {reason}",
            path,
            innerException)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>The file that was given to <c>-JobLog</c> cannot be opened, read or written, or another command writes to it. ErrorId <c>JobLogAccessFailed</c>.</summary>
public sealed class JobLogAccessException : ProcessToolsException
{
    internal JobLogAccessException(string path, string reason, Exception? innerException)
        : base(
            "JobLogAccessFailed",
            innerException is UnauthorizedAccessException ? ErrorCategory.PermissionDenied : ErrorCategory.ResourceUnavailable,
            $"The job log '{path}' cannot be used: {reason}",
            path,
            innerException)
    {
    }
}

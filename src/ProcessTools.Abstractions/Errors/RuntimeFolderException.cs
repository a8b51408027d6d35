using System.Management.Automation;

namespace ProcessTools;

/// <summary>The folder for shared memory is not this user's alone. ErrorId <c>RuntimeFolderInsecure</c>.</summary>
public sealed class RuntimeFolderException : ProcessToolsException
{
    internal RuntimeFolderException(string path, string fault, Exception? innerException = null)
        : base(
            "RuntimeFolderInsecure",
            ErrorCategory.SecurityError,
            $"The folder '{path}' for shared memory {fault}, so other users could read or change what processes exchange. Remove it, or name another folder in PROCESSTOOLS_RUNTIME_FOLDER.",
            path,
            innerException)
    {
    }
}

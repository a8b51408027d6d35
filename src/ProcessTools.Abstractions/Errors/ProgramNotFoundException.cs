using System.Management.Automation;

namespace ProcessTools;

/// <summary>A program that was to be started does not exist or may not be run. ErrorId <c>ProgramNotFound</c>.</summary>
public sealed class ProgramNotFoundException : ProcessToolsException
{
    internal ProgramNotFoundException(string filePath, string message)
        : base("ProgramNotFound", ErrorCategory.ObjectNotFound, message, filePath)
    {
    }
}

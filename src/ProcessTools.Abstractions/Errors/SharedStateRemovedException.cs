using System.Management.Automation;

namespace ProcessTools;

/// <summary>A shared state was removed, or this process has let go of it. ErrorId <c>SharedStateRemoved</c>.</summary>
public sealed class SharedStateRemovedException : ProcessToolsException
{
    internal SharedStateRemovedException(string name)
        : base(
            "SharedStateRemoved",
            ErrorCategory.ObjectNotFound,
            $"The shared state '{name}' was removed, or was disposed of in this process. Get-SharedState makes a new one.",
            name)
    {
    }
}

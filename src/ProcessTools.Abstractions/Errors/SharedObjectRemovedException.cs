using System.Management.Automation;

namespace ProcessTools;

/// <summary>A shared object was removed from its state. ErrorId <c>SharedObjectRemoved</c>.</summary>
public sealed class SharedObjectRemovedException : ProcessToolsException
{
    internal SharedObjectRemovedException(string name)
        : base(
            "SharedObjectRemoved",
            ErrorCategory.ObjectNotFound,
            $"The shared object '{name}' was removed from its state. Ask the state for it again to make a new one.",
            name)
    {
    }
}

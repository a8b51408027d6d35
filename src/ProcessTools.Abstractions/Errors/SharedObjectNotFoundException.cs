using System.Management.Automation;

namespace ProcessTools;

/// <summary>A shared state has no object of this name. ErrorId <c>SharedObjectNotFound</c>.</summary>
public sealed class SharedObjectNotFoundException : ProcessToolsException
{
    internal SharedObjectNotFoundException(string state, string name)
        : base(
            "SharedObjectNotFound",
            ErrorCategory.ObjectNotFound,
            $"The shared state '{state}' has no object named '{name}'. Say what it is when it is made, as in Value(name, initial).",
            name)
    {
    }
}

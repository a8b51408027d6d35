using System.Management.Automation;

namespace ProcessTools;

/// <summary>There is no shared state of this name. ErrorId <c>SharedStateNotFound</c>.</summary>
public sealed class SharedStateNotFoundException : ProcessToolsException
{
    internal SharedStateNotFoundException(string name)
        : base(
            "SharedStateNotFound",
            ErrorCategory.ObjectNotFound,
            $"There is no shared state named '{name}'. Get-SharedState -ListAvailable shows those that exist; without -Existing one is made.",
            name)
    {
    }
}

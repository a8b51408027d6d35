using System.Management.Automation;

namespace ProcessTools;

/// <summary>There is no such pool in this session. ErrorId <c>PoolNotFound</c>.</summary>
public sealed class PoolNotFoundException : ProcessToolsException
{
    internal PoolNotFoundException(string name)
        : base("PoolNotFound", ErrorCategory.ObjectNotFound, $"There is no pool \"{name}\" in this session. Get-ProcessPool lists those that there are.", name)
    {
    }
}

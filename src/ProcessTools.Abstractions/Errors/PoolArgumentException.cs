using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// What a pool was asked for is wrong; nothing has been started. ErrorId <c>InvalidPoolSize</c>, <c>InvalidArgument</c>, <c>HaltInvalid</c>, <c>ResumeWithoutJobLog</c> or <c>PoolNameTaken</c>.
/// </summary>
public sealed class PoolArgumentException : ProcessToolsException
{
    internal PoolArgumentException(string errorId, ErrorCategory category, string message, object? target)
        : base(errorId, category, message, target)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// What a worker was to be started with is wrong; nothing has been started. ErrorId <c>UsingVariableNotFound</c>,
/// <c>WorkingDirectoryNotFound</c>, <c>FunctionNotFound</c>, <c>VariableNotFound</c>, <c>ModuleNotFound</c> or <c>InvalidArgument</c>.
/// </summary>
public sealed class WorkerArgumentException : ProcessToolsException
{
    internal WorkerArgumentException(string errorId, ErrorCategory category, string message, object? target, Exception? innerException = null)
        : base(errorId, category, message, target, innerException)
    {
    }
}

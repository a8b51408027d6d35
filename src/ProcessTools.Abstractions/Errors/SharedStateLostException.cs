using System.Management.Automation;

namespace ProcessTools;

/// <summary>The process that kept a shared state has died or ended; what was in it is gone. ErrorId <c>SharedStateLost</c>.</summary>
public sealed class SharedStateLostException : ProcessToolsException
{
    internal SharedStateLostException(string name, int processId, Exception? innerException = null)
        : base(
            "SharedStateLost",
            ErrorCategory.ConnectionError,
            $"The shared state '{name}' is gone: the process {processId} that kept it has ended. Get-SharedState makes a new one, which is empty.",
            name,
            innerException)
    {
    }
}

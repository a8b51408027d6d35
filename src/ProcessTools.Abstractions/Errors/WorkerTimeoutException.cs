using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>A worker was stopped because its time was over. ErrorId <c>WorkerTimeout</c>.</summary>
public sealed class WorkerTimeoutException : ProcessToolsException
{
    internal WorkerTimeoutException(string name, TimeSpan timeout)
        : base(
            "WorkerTimeout",
            ErrorCategory.OperationTimeout,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Worker '{name}' did not end within {timeout.TotalSeconds:0.###} seconds and was stopped. Give it more time with -TimeoutSeconds, or leave the parameter out to wait for as long as it takes."),
            name)
    {
        Timeout = timeout;
    }

    /// <summary>The time that it had.</summary>
    public TimeSpan Timeout { get; }
}

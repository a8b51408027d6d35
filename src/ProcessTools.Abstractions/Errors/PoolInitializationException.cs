using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A pool's workers cannot start: its initialization script throws, a module does not load, or their processes do not come up. ErrorId <c>PoolInitializationFailed</c>.
/// </summary>
public sealed class PoolInitializationException : ProcessToolsException
{
    internal PoolInitializationException(string pool, ErrorRecord cause)
        : base(
            "PoolInitializationFailed",
            ErrorCategory.InvalidOperation,
            $"The workers of pool '{pool}' cannot start, so its tasks cannot run: {cause.Exception.Message} Correct the cause and make a new pool.",
            pool,
            cause.Exception)
    {
        Cause = cause;
    }

    /// <summary>The error that the worker met.</summary>
    public ErrorRecord Cause { get; }
}

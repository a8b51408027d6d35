using System.Management.Automation;

namespace ProcessTools;

/// <summary>A barrier is broken. ErrorId <c>BarrierBroken</c>.</summary>
public sealed class BarrierBrokenException : ProcessToolsException
{
    internal BarrierBrokenException(SharedBarrier barrier, string reason)
        : base(
            "BarrierBroken",
            ErrorCategory.OperationStopped,
            $"The barrier '{barrier.Name}' is broken: {reason} Reset() makes it whole.",
            barrier)
    {
    }
}

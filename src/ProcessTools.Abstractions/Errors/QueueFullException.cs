using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>A queue had no room for as long as it was waited for. ErrorId <c>QueueFull</c>.</summary>
public sealed class QueueFullException : ProcessToolsException
{
    internal QueueFullException(ProcessQueue queue, TimeSpan timeout)
        : base(
            "QueueFull",
            ErrorCategory.OperationTimeout,
            string.Create(CultureInfo.InvariantCulture, $"The queue '{queue}' was full, with {queue.Capacity} items, for {timeout.TotalSeconds:0.###} s; the item was not put. Wait longer, test with TryPut, or add consumers."),
            queue)
    {
    }
}

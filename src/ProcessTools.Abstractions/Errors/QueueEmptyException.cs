using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>A queue had no item for as long as one was waited for. ErrorId <c>QueueEmpty</c>.</summary>
public sealed class QueueEmptyException : ProcessToolsException
{
    internal QueueEmptyException(ProcessQueue queue, TimeSpan timeout)
        : base(
            "QueueEmpty",
            ErrorCategory.OperationTimeout,
            string.Create(CultureInfo.InvariantCulture, $"The queue '{queue}' had no item for {timeout.TotalSeconds:0.###} s. Wait longer, or test with TryGet."),
            queue)
    {
    }
}

using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>An item of a durable queue was reported after its lease had ended and it had gone back to the queue. ErrorId <c>LeaseLost</c>.</summary>
public sealed class LeaseLostException : ProcessToolsException
{
    internal LeaseLostException(ProcessQueue queue, long id)
        : base(
            "LeaseLost",
            ErrorCategory.InvalidOperation,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Item {id} of the queue '{queue}' was not reported before its lease ended, so it went back to the queue; somebody else may have it now, or have it done. Give the queue a longer -LeaseSeconds, or call Renew() while working."),
            queue)
    {
        ItemId = id;
    }

    /// <summary>The item's number in the queue.</summary>
    public long ItemId { get; }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A lock was not free for as long as one waited for it. ErrorId <c>LockTimeout</c>.</summary>
public sealed class LockTimeoutException : ProcessToolsException
{
    internal LockTimeoutException(SharedLockable target, TimeSpan timeout, int? holder)
        : base(
            "LockTimeout",
            ErrorCategory.OperationTimeout,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"'{target.Name}' was not free for {timeout.TotalSeconds:0.###} s{(holder is null ? "" : $"; process {holder} holds it")}. Wait longer, or hold it for a shorter time."),
            target)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A lock was released by somebody who does not hold it, or a condition was used without its lock. ErrorId <c>LockNotHeld</c>.</summary>
public sealed class LockNotHeldException : ProcessToolsException
{
    internal LockNotHeldException(SharedLockable target, string reason)
        : base(
            "LockNotHeld",
            ErrorCategory.InvalidOperation,
            $"'{target.Name}' {reason}",
            target)
    {
    }
}

using System.Management.Automation;

namespace ProcessTools;

/// <summary>A semaphore was released more often than it can be. ErrorId <c>SemaphoreOverRelease</c>.</summary>
public sealed class SemaphoreOverReleaseException : ProcessToolsException
{
    internal SemaphoreOverReleaseException(SharedSemaphore semaphore, int count)
        : base(
            "SemaphoreOverRelease",
            ErrorCategory.InvalidOperation,
            $"The semaphore '{semaphore.Name}' has {semaphore.Value} of its {semaphore.Initial} permits free; {count} more cannot be released. Release once for each that was acquired.",
            semaphore)
    {
    }
}

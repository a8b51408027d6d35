namespace ProcessTools;

/// <summary>A semaphore that never has more permits than at first (Python's <c>BoundedSemaphore</c>): a release too many is an error, <see cref="SemaphoreOverReleaseException"/>.</summary>
public abstract class SharedBoundedSemaphore : SharedSemaphore
{
    private protected SharedBoundedSemaphore(SharedState state, string name)
        : base(state, name, SharedObjectKind.BoundedSemaphore)
    {
    }
}

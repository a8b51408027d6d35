using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Sockets;

/// <summary>How long a read or a write may wait, and what ends it early.</summary>
/// <param name="Deadline">When the time is over.</param>
/// <param name="Check">Called now and then; throws when the wait has no purpose any more. Null for none.</param>
/// <param name="Cancellation">Ends the wait.</param>
internal readonly record struct LineWait(Deadline Deadline, Action? Check = null, CancellationToken Cancellation = default)
{
    /// <summary>How long the next sleep may be, before one looks around; zero or less when the time is over.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TimeSpan NextSlice()
    {
        Cancellation.ThrowIfCancellationRequested();
        PipelineStop.ThrowIfStopping();
        Check?.Invoke();
        TimeSpan left = Deadline.Left;
        return left < SharedWait.Slice ? left : SharedWait.Slice;
    }
}

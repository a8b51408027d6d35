namespace ProcessTools;

/// <summary>
/// What messages go through between processes: a queue (<see cref="ProcessQueue"/>) or an end of a pipe (<see cref="ProcessPipeEnd"/>).
/// <c>Send-ProcessMessage</c> and <c>Receive-ProcessMessage</c> take either. It may be an argument of a worker, a <c>$using:</c> value,
/// a property of an object, or a message in another channel. All members may be called from any thread.
/// </summary>
public abstract class ProcessChannel : IDisposable
{
    private protected ProcessChannel()
    {
    }

    /// <summary>What other processes meet it by, or null where it has no name.</summary>
    public abstract string? Name { get; }

    /// <summary>Tells this channel from all others of this machine; the same in every process.</summary>
    public abstract string Id { get; }

    /// <summary>True once nothing more can be sent: the channel, or this end of it, was closed.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>Closes the channel to senders. What was sent before can still be received.</summary>
    public abstract void Close();

    /// <summary>Lets go of the channel in this process, which cannot use it any more; other processes can.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the channel holds.</summary>
    /// <param name="disposing">False when called by the finalizer.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Sends a message, without waiting for room longer than the time given.</summary>
    /// <returns>False when there was no room in time.</returns>
    internal abstract bool TrySendMessage(object? message, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Takes the next message, without waiting for one longer than the time given.</summary>
    internal abstract ChannelStatus TryReceiveMessage(out object? message, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>The error of a channel that had no room for the time given.</summary>
    internal abstract ProcessToolsException FullError(TimeSpan timeout);

    /// <summary>The error of a channel that is closed and has no more messages.</summary>
    internal abstract ProcessToolsException ClosedError();
}

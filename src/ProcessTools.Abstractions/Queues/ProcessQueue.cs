namespace ProcessTools;

/// <summary>
/// A queue of objects between processes: many producers, many consumers, first in, first out, and each item to exactly one consumer. Made by
/// <c>New-ProcessQueue</c>. It has everything of Python's <c>Queue</c>, <c>SimpleQueue</c> and <c>JoinableQueue</c>. With a path it is durable: its items are in a file. All members may be called from any
/// thread. A timeout is a number of seconds, fractions allowed, or a TimeSpan; left out, the call waits. Ctrl+C ends every wait.
/// </summary>
public abstract partial class ProcessQueue : ProcessChannel
{
    private protected ProcessQueue()
    {
    }

    /// <summary>The most items that it holds, or null when there is no limit.</summary>
    public abstract long? Capacity { get; }

    /// <summary>How many items are waiting, exactly, at this instant; other processes may change it at the next.</summary>
    public abstract long Count { get; }

    /// <summary>True when no item is waiting.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>True when a further item would have to wait for room.</summary>
    public bool IsFull => Count >= (Capacity ?? long.MaxValue);

    /// <summary>How many items were put and not yet reported by <see cref="TaskDone()"/>, taken or not.</summary>
    public abstract long UnfinishedTasks { get; }

    /// <summary>Puts an item in; waits while the queue is full.</summary>
    /// <param name="item">The item; null is one.</param>
    /// <exception cref="QueueClosedException">The queue was closed.</exception>
    /// <exception cref="NotSerializableException">The item cannot travel; the queue is as before.</exception>
    /// <exception cref="SharedMemoryFullException">There is no memory and no disk space left; the queue is as before.</exception>
    public void Put(object? item) => Put(item, Timeout.InfiniteTimeSpan);

    /// <summary>Puts an item in; waits for room no longer than the time given.</summary>
    /// <param name="item">The item; null is one.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <exception cref="QueueFullException">There was no room in time.</exception>
    /// <exception cref="QueueClosedException">The queue was closed.</exception>
    public void Put(object? item, double timeoutSeconds) => Put(item, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Puts an item in; waits for room no longer than the time given.</summary>
    /// <param name="item">The item; null is one.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="QueueFullException">There was no room in time.</exception>
    /// <exception cref="QueueClosedException">The queue was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the item was not put.</exception>
    public void Put(object? item, TimeSpan timeout, CancellationToken cancellation = default)
    {
        if (!TryPut(item, timeout, cancellation))
        {
            throw new QueueFullException(this, timeout);
        }
    }

    /// <summary>Puts an item in if there is room now (Python's <c>put_nowait</c>, without the exception).</summary>
    /// <param name="item">The item; null is one.</param>
    /// <returns>False when the queue is full.</returns>
    /// <exception cref="QueueClosedException">The queue was closed.</exception>
    public bool TryPut(object? item) => TryPut(item, TimeSpan.Zero);

    /// <summary>Puts an item in; waits for room no longer than the time given.</summary>
    /// <param name="item">The item; null is one.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when there was no room in time.</returns>
    /// <exception cref="QueueClosedException">The queue was closed.</exception>
    public bool TryPut(object? item, double timeoutSeconds) => TryPut(item, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Puts an item in; waits for room no longer than the time given.</summary>
    /// <param name="item">The item; null is one.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when there was no room in time.</returns>
    /// <exception cref="QueueClosedException">The queue was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the item was not put.</exception>
    public bool TryPut(object? item, TimeSpan timeout, CancellationToken cancellation = default) =>
        PutCore(item, WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Takes the oldest item; waits while there is none.</summary>
    /// <returns>The item.</returns>
    /// <exception cref="QueueClosedException">The queue was closed and all its items have been taken.</exception>
    public object? Get() => Get(Timeout.InfiniteTimeSpan);

    /// <summary>Takes the oldest item; waits for one no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>The item.</returns>
    /// <exception cref="QueueEmptyException">There was none in time.</exception>
    /// <exception cref="QueueClosedException">The queue was closed and all its items have been taken.</exception>
    public object? Get(double timeoutSeconds) => Get(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Takes the oldest item; waits for one no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The item.</returns>
    /// <exception cref="QueueEmptyException">There was none in time.</exception>
    /// <exception cref="QueueClosedException">The queue was closed and all its items have been taken.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public object? Get(TimeSpan timeout, CancellationToken cancellation = default) =>
        GetCore(out object? item, WaitTime.Checked(timeout, nameof(timeout)), cancellation) switch
        {
            ChannelStatus.Received => item,
            ChannelStatus.Over => throw new QueueClosedException(this, isDrained: true),
            _ => throw new QueueEmptyException(this, timeout),
        };

    /// <summary>Takes the oldest item if there is one now (Python's <c>get_nowait</c>, without the exception).</summary>
    /// <param name="item">The item.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="QueueClosedException">The queue was closed and all its items have been taken.</exception>
    public bool TryGet(out object? item) => TryGet(out item, TimeSpan.Zero);

    /// <summary>Takes the oldest item; waits for one no longer than the time given.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when there was none in time.</returns>
    /// <exception cref="QueueClosedException">The queue was closed and all its items have been taken.</exception>
    public bool TryGet(out object? item, double timeoutSeconds) => TryGet(out item, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Takes the oldest item; waits for one no longer than the time given.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when there was none in time.</returns>
    /// <exception cref="QueueClosedException">The queue was closed and all its items have been taken.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public bool TryGet(out object? item, TimeSpan timeout, CancellationToken cancellation = default) =>
        GetCore(out item, WaitTime.Checked(timeout, nameof(timeout)), cancellation) switch
        {
            ChannelStatus.Received => true,
            ChannelStatus.Over => throw new QueueClosedException(this, isDrained: true),
            _ => false,
        };

    /// <summary>Says that an item that was taken is dealt with; <see cref="Join()"/> waits for that. A durable queue deletes the item then: the one that this runspace has taken last and not reported.</summary>
    /// <exception cref="TaskDoneException">Called more often than items were put, or taken from a durable queue in this runspace.</exception>
    /// <exception cref="LeaseLostException">The item's lease had ended, and it went back to the durable queue.</exception>
    public abstract void TaskDone();

    /// <summary>Says that an item that was taken is dealt with, in whatever runspace of this process it was taken; <see cref="Join()"/> waits for that. A durable queue deletes the item then; one in memory only counts.</summary>
    /// <param name="item">The object that was received. Texts and numbers are known by their value.</param>
    /// <exception cref="TaskDoneException">Called more often than items were put, or for an item of a durable queue that this process does not have in hand.</exception>
    /// <exception cref="LeaseLostException">The item's lease had ended, and it went back to the durable queue.</exception>
    public virtual void TaskDone(object? item) => TaskDone();

    /// <summary>Waits until every item that was put has been taken and reported by <see cref="TaskDone()"/>.</summary>
    /// <exception cref="TasksLostException">All that is left was taken by processes that have died and will never report it.</exception>
    public void Join() => Join(Timeout.InfiniteTimeSpan);

    /// <summary>Waits until every item that was put has been taken and reported by <see cref="TaskDone()"/>, or the time is over.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>True when all is done.</returns>
    /// <exception cref="TasksLostException">All that is left was taken by processes that have died and will never report it.</exception>
    public bool Join(double timeoutSeconds) => Join(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits until every item that was put has been taken and reported by <see cref="TaskDone()"/>, or the time is over.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>True when all is done.</returns>
    /// <exception cref="TasksLostException">All that is left was taken by processes that have died and will never report it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Join(TimeSpan timeout, CancellationToken cancellation = default) => JoinCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Says that no more will be put: producers in all processes are refused, consumers take what is there and then learn that the queue is
    /// closed. Closing a closed queue does nothing.</summary>
    public abstract override void Close();

    /// <inheritdoc/>
    public override string ToString() => Name ?? Path ?? Id;

    private protected abstract bool PutCore(object? item, TimeSpan timeout, CancellationToken cancellation);

    private protected abstract ChannelStatus GetCore(out object? item, TimeSpan timeout, CancellationToken cancellation);

    private protected abstract bool JoinCore(TimeSpan timeout, CancellationToken cancellation);

    /// <inheritdoc/>
    internal override bool TrySendMessage(object? message, TimeSpan timeout, CancellationToken cancellation) => PutCore(message, timeout, cancellation);

    /// <inheritdoc/>
    internal override ChannelStatus TryReceiveMessage(out object? message, TimeSpan timeout, CancellationToken cancellation) =>
        GetCore(out message, timeout, cancellation);

    /// <inheritdoc/>
    internal override ProcessToolsException FullError(TimeSpan timeout) => new QueueFullException(this, timeout);

    /// <inheritdoc/>
    internal override ProcessToolsException ClosedError() => new QueueClosedException(this, isDrained: true);
}

namespace ProcessTools;

// What only durable queues have: those that were made with <c>New-ProcessQueue -Path</c>.
public abstract partial class ProcessQueue
{
    /// <summary>The folder of a durable queue; null for a queue in memory.</summary>
    public virtual string? Path => null;

    /// <summary>How long a consumer of a durable queue may keep an item before it goes back; null for a queue in memory.</summary>
    public virtual TimeSpan? LeaseTime => null;

    /// <summary>How often a durable queue gives an item out before it becomes a dead letter; null for a queue in memory.</summary>
    public virtual int? MaxAttempts => null;

    /// <summary>What a durable queue has on the disk when <c>Put</c> returns; null for a queue in memory.</summary>
    public virtual QueueDurability? Durability => null;

    /// <summary>The items that a durable queue has given out too often, oldest first: a copy. Empty for a queue in memory.</summary>
    public virtual DeadLetter[] DeadLetters => [];

    /// <summary>Puts all dead letters back into the queue, where they were, as if they had never been given out.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="QueueNotDurableException">The queue is in memory.</exception>
    public virtual long RequeueDeadLetters() => throw new QueueNotDurableException(this, "dead letters");

    /// <summary>Deletes all dead letters.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="QueueNotDurableException">The queue is in memory.</exception>
    public virtual long ClearDeadLetters() => throw new QueueNotDurableException(this, "dead letters");

    /// <summary>Begins the leases of all items anew that this process has taken and not reported.</summary>
    /// <returns>How many; an item whose lease had ended before is not among them.</returns>
    /// <exception cref="QueueNotDurableException">The queue is in memory.</exception>
    public virtual long Renew() => throw new QueueNotDurableException(this, "leases");

    /// <summary>Gives an item back that was taken, for another attempt: the one that <see cref="ProcessQueue.TaskDone()"/> would report.</summary>
    /// <param name="reason">Why; it is kept with the item if this was the last attempt.</param>
    /// <exception cref="QueueNotDurableException">The queue is in memory.</exception>
    /// <exception cref="TaskDoneException">This runspace has none.</exception>
    /// <exception cref="LeaseLostException">The item's lease had ended, and it went back before.</exception>
    public virtual void GiveBack(string reason) => throw new QueueNotDurableException(this, "leases");

    /// <summary>Gives an item back that was taken, for another attempt.</summary>
    /// <param name="item">The object that was received. Texts and numbers are known by their value.</param>
    /// <param name="reason">Why; it is kept with the item if this was the last attempt.</param>
    /// <exception cref="QueueNotDurableException">The queue is in memory.</exception>
    /// <exception cref="TaskDoneException">This process does not have it in hand.</exception>
    /// <exception cref="LeaseLostException">The item's lease had ended, and it went back before.</exception>
    public virtual void GiveBack(object? item, string reason) => throw new QueueNotDurableException(this, "leases");

    /// <summary>Gives an item back that was received for a pipeline which has ended before the item was reported.</summary>
    /// <param name="message">The item.</param>
    /// <param name="fault">The error that ended the pipeline; null when it was stopped.</param>
    internal virtual void ReturnUndelivered(object? message, string? fault)
    {
        // A queue in memory has handed it out for good.
    }
}

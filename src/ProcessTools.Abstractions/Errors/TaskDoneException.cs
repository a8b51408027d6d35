using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary><c>TaskDone</c> was called more often than items were put, or for an item that nobody has in hand here. ErrorId <c>TaskDone</c>.</summary>
public sealed class TaskDoneException : ProcessToolsException
{
    internal TaskDoneException(ProcessQueue queue)
        : this(
            queue,
            queue.Path is null
                ? $"TaskDone was called more often on the queue '{queue}' than items were put. Call it once for each item that was taken."
                : $"This process has no item of the queue '{queue}' to report. Call TaskDone or GiveBack once for each item that was taken, in the process that took it.")
    {
    }

    /// <summary>Nothing was taken here.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="others">How many items other runspaces of this process have.</param>
    internal TaskDoneException(ProcessQueue queue, int others)
        : this(
            queue,
            others == 0
                ? new TaskDoneException(queue).Message
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"This runspace has taken no item of the queue '{queue}'; other runspaces of the process have {others} of them. Say which one is meant: TaskDone($item), GiveBack($item, 'reason')."))
    {
    }

    /// <summary>An item was named that this process does not have.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="item">The item.</param>
    internal TaskDoneException(ProcessQueue queue, object? item)
        : this(queue, $"This process has no such item of the queue '{queue}' in hand: {item ?? "$null"}. Name the object that was received, not a copy of it, once, and in the process that took it.")
    {
    }

    private TaskDoneException(ProcessQueue queue, string message)
        : base("TaskDone", ErrorCategory.InvalidOperation, message, queue)
    {
    }
}

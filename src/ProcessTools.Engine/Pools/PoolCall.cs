using System.Diagnostics;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// A script with its values, and the tasks that run it: what one command or method asks of a pool. The pool calls its methods under its own lock, in the order in which things happen to each task.
/// </summary>
internal abstract class PoolCall
{
    private protected PoolCall(PoolScriptEntry script, PoolCallMessage message)
    {
        Script = script;
        Message = message;
    }

    /// <summary>Its number.</summary>
    public int Id => Message.Id;

    /// <summary>The script.</summary>
    public PoolScriptEntry Script { get; }

    /// <summary>What workers need to know.</summary>
    public PoolCallMessage Message { get; }

    /// <summary>The tasks that wait for a worker, in the order in which they are to run.</summary>
    public Deque<PoolTask> Pending { get; } = new();

    /// <summary>Tasks that are tried again later, each with its time.</summary>
    public List<(long Due, PoolTask Task)> Delayed { get; } = [];

    /// <summary>The place of the next task, where tasks have futures of their own.</summary>
    public long NextIndex { get; set; }

    /// <summary>How many tasks workers have.</summary>
    public int InFlight { get; set; }

    /// <summary>How many workers have tasks of it.</summary>
    public int Engaged { get; set; }

    /// <summary>How many workers may have tasks of it.</summary>
    public int Throttle { get; init; } = int.MaxValue;

    /// <summary>How many tasks go in one go.</summary>
    public ChunkSizer Chunks { get; init; } = new(null);

    /// <summary>How long a task may take, or null.</summary>
    public TimeSpan? TaskTimeout { get; init; }

    /// <summary>When a task that failed is tried again, or null for never.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>The mean duration of its tasks in ticks of the clock; 0 while not known.</summary>
    public double MeanTicks => Chunks.MeanSeconds is { } mean ? Math.Max(1, mean * Stopwatch.Frequency) : 0;

    /// <summary>True once no more tasks will come.</summary>
    public bool IsInputComplete { get; set; }

    /// <summary>True once it was cancelled.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>True when the pool has it in its round.</summary>
    public bool IsListed { get; set; }

    /// <summary>True once it has given its script back.</summary>
    public bool IsReleased { get; set; }

    /// <summary>True when all tasks that it was given have ended.</summary>
    public bool IsIdle => Pending.Count == 0 && Delayed.Count == 0 && InFlight == 0;

    /// <summary>True while no more of a task's output should be taken from its worker.</summary>
    public virtual bool IsCongested(in PoolTask task) => false;

    /// <summary>A task begins an attempt; what earlier ones wrote is void.</summary>
    public virtual void OnRestart(in PoolTask task)
    {
    }

    /// <summary>A task wrote an object.</summary>
    /// <param name="task">The task.</param>
    /// <param name="value">The object.</param>
    /// <param name="bytes">What it took on the way.</param>
    public abstract void OnOutput(in PoolTask task, object? value, int bytes);

    /// <summary>A task wrote a record.</summary>
    /// <param name="task">The task.</param>
    /// <param name="kind">To which stream.</param>
    /// <param name="record">The record.</param>
    /// <param name="worker">The process.</param>
    public abstract void OnRecord(in PoolTask task, PoolMessageKind kind, object? record, int worker);

    /// <summary>A task ended for good.</summary>
    public abstract void OnEnded(in PoolTask task, in TaskEnd end);

    /// <summary>Whether an end is to be tried again.</summary>
    public TimeSpan? RetryAfter(in PoolTask task, in TaskEnd end) =>
        end.State is ProcessTaskState.Failed or ProcessTaskState.TimedOut or ProcessTaskState.Crashed && !IsCancelled && end.Error?.Exception is not PoolInitializationException
            ? Retry?.DelayBefore(task.Attempts + 1)
            : null;
}

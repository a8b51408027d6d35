using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace ProcessTools;

/// <summary>
/// What a task of a pool will give: Python's <c>Future</c> and <c>AsyncResult</c>. All members may be called from any thread; Ctrl+C ends every wait.
/// </summary>
public abstract class ProcessFuture
{
    private protected ProcessFuture()
    {
    }

    /// <summary>Tells it from the other futures of this session.</summary>
    public abstract long Id { get; }

    /// <summary>Where the task is.</summary>
    public abstract ProcessTaskState State { get; }

    /// <summary>True once the task has ended, in whatever way.</summary>
    public bool IsCompleted => State > ProcessTaskState.Running;

    /// <summary>
    /// What the task wrote: null for nothing, one object, or an array of several. Waits for it.
    /// </summary>
    /// <exception cref="ProcessTaskException">The task ended otherwise; it carries the task's own error.</exception>
    public object? Result => GetResult(Timeout.InfiniteTimeSpan);

    /// <summary>The error that ended the task, or null; does not wait.</summary>
    public abstract ErrorRecord? Error { get; }

    /// <summary>The errors that the task wrote and that did not end it.</summary>
    public abstract IReadOnlyList<ErrorRecord> Errors { get; }

    /// <summary>The warnings that it wrote.</summary>
    public abstract IReadOnlyList<WarningRecord> Warnings { get; }

    /// <summary>What it wrote to the verbose stream.</summary>
    public abstract IReadOnlyList<VerboseRecord> Verbose { get; }

    /// <summary>What it wrote to the debug stream.</summary>
    public abstract IReadOnlyList<DebugRecord> Debug { get; }

    /// <summary>What it wrote to the information stream and to the host.</summary>
    public abstract IReadOnlyList<InformationRecord> Information { get; }

    /// <summary>How long the last attempt ran, in seconds; 0 until it has ended.</summary>
    public abstract double Seconds { get; }

    /// <summary>The id of the process that ran it, or null.</summary>
    public abstract int? Worker { get; }

    /// <summary>How often it was tried.</summary>
    public abstract int Attempts { get; }

    /// <summary>The future as a .NET task, which ends when it does: with its result, with its error, or cancelled.</summary>
    public abstract Task<object?> Task { get; }

    /// <summary>Waits for the task, no longer than the time given, and returns what it wrote. When the time is over the task goes on.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <exception cref="FutureTimeoutException">It was not done in time.</exception>
    /// <exception cref="ProcessTaskException">It ended without a result.</exception>
    public object? GetResult(double timeoutSeconds) => GetResult(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits for the task, no longer than the time given, and returns what it wrote. When the time is over the task goes on.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <exception cref="FutureTimeoutException">It was not done in time.</exception>
    /// <exception cref="ProcessTaskException">It ended without a result.</exception>
    public object? GetResult(TimeSpan timeout) => Wait(timeout) ? TakeResult() : throw new ProcessTaskException(new FutureTimeoutException(this, timeout).ErrorRecord);

    /// <summary>Waits until the task has ended.</summary>
    /// <returns>True.</returns>
    public bool Wait() => Wait(Timeout.InfiniteTimeSpan);

    /// <summary>Waits until the task has ended, no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Wait(double timeoutSeconds) => Wait(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits until the task has ended, no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait; the task goes on.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellation = default) => WaitCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>
    /// Cancels the task. One that waits never runs; one that runs is stopped, and its worker killed and replaced when it does not stop within the pool's
    /// grace time.
    /// </summary>
    /// <returns>False when it had ended before.</returns>
    public abstract bool Cancel();

    /// <summary>Runs a script block when this task has ended, in the session that calls this. It gets this future as <c>$_</c> and first argument.</summary>
    /// <param name="script">The script block.</param>
    /// <returns>The future of what the script block writes.</returns>
    public abstract ProcessFuture ContinueWith(ScriptBlock script);

    /// <summary>Calls a method when this task has ended, on a thread of the pool's or, when it has ended before, on this one. What it throws is dropped.</summary>
    /// <param name="action">The method.</param>
    public abstract void OnCompleted(Action<ProcessFuture> action);

    /// <summary>For <c>await</c> in C#.</summary>
    /// <returns>The awaiter of <see cref="Task"/>.</returns>
    public TaskAwaiter<object?> GetAwaiter() => Task.GetAwaiter();

    /// <inheritdoc/>
    public override string ToString() => $"future {Id} ({State})";

    /// <summary>Waits.</summary>
    private protected abstract bool WaitCore(TimeSpan timeout, CancellationToken cancellation);

    /// <summary>What an ended task wrote.</summary>
    /// <exception cref="ProcessTaskException">It ended without a result.</exception>
    private protected abstract object? TakeResult();
}

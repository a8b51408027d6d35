using System.Management.Automation;
using ProcessTools.Engine.Channels;

namespace ProcessTools.Engine.Pools;

/// <summary>The future of a task of a pool, or of a whole call.</summary>
internal class TaskFuture : ProcessFuture
{
    private static long s_lastId;

    private readonly object _gate = new();
    private List<object>? _records;
    private List<Action<ProcessFuture>>? _continuations;
    private TaskCompletionSource<object?>? _task;
    private ManualResetEventSlim? _event;
    private object? _first;
    private List<object?>? _more;
    private int _outputs;
    private TaskEnd _end;
    private bool _isContinuation;
    private volatile ProcessTaskState _state;

    /// <summary>Makes one.</summary>
    /// <param name="pool">The pool that it waits for, or null.</param>
    public TaskFuture(WorkerPool? pool)
    {
        Pool = pool;
        Id = Interlocked.Increment(ref s_lastId);
    }

    /// <inheritdoc/>
    public sealed override long Id { get; }

    /// <inheritdoc/>
    public sealed override ProcessTaskState State => _state;

    /// <inheritdoc/>
    public sealed override ErrorRecord? Error => IsCompleted ? _end.Error : null;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<ErrorRecord> Errors => Records<ErrorRecord>();

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WarningRecord> Warnings => Records<WarningRecord>();

    /// <inheritdoc/>
    public sealed override IReadOnlyList<VerboseRecord> Verbose => Records<VerboseRecord>();

    /// <inheritdoc/>
    public sealed override IReadOnlyList<DebugRecord> Debug => Records<DebugRecord>();

    /// <inheritdoc/>
    public sealed override IReadOnlyList<InformationRecord> Information => Records<InformationRecord>();

    /// <inheritdoc/>
    public sealed override double Seconds => IsCompleted ? _end.Duration.TotalSeconds : 0;

    /// <inheritdoc/>
    public sealed override int? Worker => IsCompleted ? _end.Worker : null;

    /// <inheritdoc/>
    public sealed override int Attempts => IsCompleted ? _end.Attempts : 0;

    /// <inheritdoc/>
    public sealed override Task<object?> Task
    {
        get
        {
            lock (_gate)
            {
                if (_task is null)
                {
                    _task = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
                    if (IsCompleted)
                    {
                        Complete(_task);
                    }
                }

                return _task.Task;
            }
        }
    }

    /// <summary>The pool that it waits for, or null.</summary>
    internal WorkerPool? Pool { get; }

    /// <inheritdoc/>
    public override bool Cancel()
    {
        if (!_isContinuation)
        {
            return Pool?.Cancel(this) ?? false;
        }

        if (State != ProcessTaskState.Pending)
        {
            return false;
        }

        End(new TaskEnd { State = ProcessTaskState.Cancelled, Error = new TaskCancelledException(null).ErrorRecord })?.Invoke();
        return State == ProcessTaskState.Cancelled;
    }

    /// <inheritdoc/>
    public sealed override ProcessFuture ContinueWith(ScriptBlock script)
    {
        ArgumentNullException.ThrowIfNull(script);
        TaskFuture next = new(Pool) { _isContinuation = true };
        SessionCallbacks callbacks = SessionCallbacks.OfThisThread();
        SessionCallbacks.Pending pending = SessionCallbacks.Expect(Pool);
        OnCompleted(future => callbacks.Post(pending, () => next.RunAsContinuation(script, future)));
        return next;
    }

    /// <inheritdoc/>
    public sealed override void OnCompleted(Action<ProcessFuture> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (_gate)
        {
            if (!IsCompleted)
            {
                (_continuations ??= []).Add(action);
                return;
            }
        }

        Call(action);
    }

    /// <summary>All that the task wrote to its streams, in order.</summary>
    internal IReadOnlyList<object> AllRecords => Records<object>();

    /// <summary>The task begins an attempt.</summary>
    internal void Restart()
    {
        lock (_gate)
        {
            _first = null;
            _more = null;
            _outputs = 0;
            _records = null;
        }
    }

    /// <summary>The task runs.</summary>
    internal void Begin()
    {
        if (_state == ProcessTaskState.Pending)
        {
            _state = ProcessTaskState.Running;
        }
    }

    /// <summary>The task wrote an object.</summary>
    internal void AddOutput(object? value)
    {
        if (_outputs++ == 0)
        {
            _first = value;
        }
        else
        {
            (_more ??= [_first]).Add(value);
        }
    }

    /// <summary>The task wrote a record.</summary>
    internal void AddRecord(object record)
    {
        lock (_gate)
        {
            (_records ??= []).Add(record);
        }
    }

    /// <summary>The task ended. What waits for it is told on the pool's thread.</summary>
    /// <returns>What is to be called outside of every lock, or null.</returns>
    internal Action? End(in TaskEnd end)
    {
        List<Action<ProcessFuture>>? continuations;
        TaskCompletionSource<object?>? task;
        lock (_gate)
        {
            if (IsCompleted)
            {
                return null;
            }

            _end = end;
            _state = end.State;
            continuations = _continuations;
            _continuations = null;
            task = _task;
            _event?.Set();
        }

        if (continuations is null && task is null)
        {
            return null;
        }

        return () =>
        {
            if (task is not null)
            {
                Complete(task);
            }

            foreach (Action<ProcessFuture> action in continuations ?? [])
            {
                Call(action);
            }
        };
    }

    /// <summary>What it wrote so far, as a result.</summary>
    internal virtual object? ResultValue => _more is null ? _first : _more.ToArray();

    /// <inheritdoc/>
    private protected sealed override bool WaitCore(TimeSpan timeout, CancellationToken cancellation)
    {
        if (IsCompleted)
        {
            return true;
        }

        return Pool is not null ? Pool.WaitFor(this, timeout, cancellation) : WaitForEvent(timeout, cancellation);
    }

    /// <inheritdoc/>
    private protected sealed override object? TakeResult() => State == ProcessTaskState.Completed ? ResultValue : throw new ProcessTaskException(_end.Error!);

    private static void Call(Action<ProcessFuture> action, TaskFuture future)
    {
        try
        {
            action(future);
        }
        catch (Exception)
        {
            // Last catch of somebody else's code; the others' turn must come.
        }
    }

    private void Call(Action<ProcessFuture> action) => Call(action, this);

    private void RunAsContinuation(ScriptBlock script, ProcessFuture future)
    {
        if (IsCompleted)
        {
            // Cancelled meanwhile.
            return;
        }

        Begin();
        ErrorRecord? error = null;
        try
        {
            foreach (PSObject output in script.InvokeWithContext(null, [new PSVariable("_", future)], future))
            {
                AddOutput(output?.BaseObject is PSCustomObject ? output : output?.BaseObject);
            }
        }
        catch (RuntimeException exception)
        {
            error = exception.ErrorRecord;
        }

        End(new TaskEnd { State = error is null ? ProcessTaskState.Completed : ProcessTaskState.Failed, Error = error, Attempts = 1, Worker = Environment.ProcessId })?.Invoke();
    }

    private bool WaitForEvent(TimeSpan timeout, CancellationToken cancellation)
    {
        ManualResetEventSlim ended;
        lock (_gate)
        {
            ended = _event ??= new ManualResetEventSlim(IsCompleted);
        }

        Memory.Deadline deadline = Memory.Deadline.After(timeout);
        while (true)
        {
            SessionCallbacks.RunPending();
            TimeSpan left = deadline.Left;
            if (ended.Wait(left < Memory.SharedWait.Slice ? (left < TimeSpan.Zero ? TimeSpan.Zero : left) : Memory.SharedWait.Slice, cancellation))
            {
                return true;
            }

            if (deadline.Left <= TimeSpan.Zero)
            {
                return false;
            }

            PipelineStop.ThrowIfStopping();
        }
    }

    private void Complete(TaskCompletionSource<object?> task)
    {
        switch (State)
        {
            case ProcessTaskState.Completed:
                task.TrySetResult(ResultValue);
                break;
            case ProcessTaskState.Cancelled:
                task.TrySetCanceled();
                break;
            default:
                task.TrySetException(new ProcessTaskException(_end.Error!));
                break;
        }
    }

    private IReadOnlyList<T> Records<T>()
    {
        lock (_gate)
        {
            return _records is null ? [] : [.. _records.OfType<T>()];
        }
    }
}

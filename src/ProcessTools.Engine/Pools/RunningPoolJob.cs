using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>A job that runs items in a pool, on a thread of its own.</summary>
internal sealed class RunningPoolJob : PoolJob, IPoolRunOutput
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly PoolRun _run;
    private readonly SessionCallbacks _callbacks;
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly object _gate = new();
    private bool _hasEnded;

    private RunningPoolJob(PoolRun run, string command, string? name)
        : base(command, name)
    {
        _run = run;
        _callbacks = SessionCallbacks.OfThisThread();
    }

    /// <inheritdoc/>
    public override long ItemCount => _run.Added;

    /// <inheritdoc/>
    public override long FinishedItems => _run.Finished;

    /// <inheritdoc/>
    public override long FailedItems => _run.Failed;

    /// <summary>Starts a job.</summary>
    /// <param name="run">The run, with all its items, which the job ends.</param>
    /// <param name="command">The script as text for people.</param>
    /// <param name="name">The job's name, or null for one made from its id.</param>
    public static RunningPoolJob Start(PoolRun run, string command, string? name)
    {
        RunningPoolJob job = new(run, command, name);
        job.SetJobState(JobState.Running);
        new Thread(job.Run) { IsBackground = true, Name = $"ProcessTools {job.Name}" }.Start();
        return job;
    }

    /// <inheritdoc/>
    public override void StopJob()
    {
        _stop.Cancel();
        _ended.Wait();
    }

    /// <inheritdoc/>
    public void WriteOutput(object? value) => Output.Add(value is null ? null! : PSObject.AsPSObject(value));

    /// <inheritdoc/>
    public void WriteRecord(object record)
    {
        switch (record)
        {
            case ErrorRecord error:
                Error.Add(error);
                break;
            case WarningRecord warning:
                Warning.Add(warning);
                break;
            case VerboseRecord verbose:
                Verbose.Add(verbose);
                break;
            case DebugRecord debug:
                Debug.Add(debug);
                break;
            case InformationRecord information:
                Information.Add(information);
                break;
            case ProgressRecord progress:
                Progress.Add(progress);
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void RunCallback(ScriptBlock callback, object? value, object? item) =>
        _callbacks.Post(SessionCallbacks.Expect(_run.Pool), () => callback.InvokeWithContext(null, [new PSVariable("_", value)], value, item));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
        }

        base.Dispose(disposing);
    }

    private void Run()
    {
        JobState state = JobState.Completed;
        ErrorRecord? failure = null;
        try
        {
            RunItems();
        }
        catch (OperationCanceledException)
        {
            state = JobState.Stopped;
        }
        catch (Exception exception) when (_stop.IsCancellationRequested && exception is ObjectDisposedException or PSInvalidOperationException)
        {
            // Removed while it ran: its streams are closed.
            state = JobState.Stopped;
        }
        catch (Exception exception)
        {
            // Last catch of this thread.
            state = JobState.Failed;
            failure = (exception as IContainsErrorRecord)?.ErrorRecord ?? new ErrorRecord(exception, "PoolJobFailed", ErrorCategory.InvalidResult, this);
        }

        _run.Dispose();
        End(state, failure);
        _ended.Set();
    }

    private void RunItems()
    {
        _run.Complete();
        do
        {
            _run.Wait(s_look, _stop.Token);
            _run.Write(this);
        }
        while (!_run.IsFinished);
    }

    private void End(JobState state, ErrorRecord? failure)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
        }

        try
        {
            if (failure is not null)
            {
                Error.Add(failure);
            }

            SetJobState(state);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or PSInvalidOperationException)
        {
            // It was removed meanwhile: nobody is left to be told.
        }
    }
}

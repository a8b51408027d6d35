using System.ComponentModel;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A worker: a process of its own that runs a script block or a program, seen as a PowerShell job. <c>Get-Job</c>,
/// <c>Wait-Job</c>, <c>Receive-Job</c>, <c>Stop-Job</c> and <c>Remove-Job</c> work on it, and beside them the members of
/// Python's <c>multiprocessing.Process</c> and <c>subprocess.Popen</c>. Made by <c>Start-WorkerProcess</c>. All members may
/// be called from any thread.
/// </summary>
public abstract class WorkerProcess : Job2
{
    private readonly object _endGate = new();
    private bool _ended;
    private bool _closed;

    /// <summary>Makes a worker that has not started.</summary>
    /// <param name="command">What it runs, as text for people.</param>
    /// <param name="name">Its name, or null for one made from its id.</param>
    private protected WorkerProcess(string command, string? name)
        : base(command)
    {
        Name = string.IsNullOrEmpty(name) ? $"Worker{Id}" : name;
        PSJobTypeName = "WorkerProcess";

        // A receiver that is not waiting must never block on an open stream.
        Output.EnumeratorNeverBlocks = true;
        Error.EnumeratorNeverBlocks = true;
        Warning.EnumeratorNeverBlocks = true;
        Verbose.EnumeratorNeverBlocks = true;
        Debug.EnumeratorNeverBlocks = true;
        Information.EnumeratorNeverBlocks = true;
        Progress.EnumeratorNeverBlocks = true;
    }

    /// <summary>The operating system's id of the process, or null before it has one. Stays after the end.</summary>
    public abstract int? ProcessId { get; }

    /// <summary>
    /// How the process ended, or null while it runs: 0 for success, n for <c>exit n</c>, 1 for an uncaught error, and -n for a
    /// process that signal n ended, as in Python.
    /// </summary>
    public abstract int? ExitCode { get; }

    /// <summary>True from the start of the process until its work has ended.</summary>
    public bool IsAlive => ProcessId is not null && !HasExited;

    /// <summary>True as soon as the work has ended in whatever way.</summary>
    public bool HasExited
    {
        get
        {
            lock (_endGate)
            {
                return _ended;
            }
        }
    }

    /// <summary>The error that ended the work, or null. It is in the error stream too.</summary>
    public ErrorRecord? Failure { get; private protected set; }

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => Failure?.Exception.Message ?? string.Empty;

    /// <inheritdoc/>
    public override bool HasMoreData =>
        Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0
        || Information.Count > 0 || Progress.Count > 0;

    /// <summary>Waits until the work has ended (Python's <c>join</c>).</summary>
    public void Join() => Finished.WaitOne();

    /// <summary>Waits until the work has ended or the time is over.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds; fractions are allowed.</param>
    /// <returns>True when the work has ended.</returns>
    public bool Join(double timeoutSeconds) => Join(TimeSpan.FromSeconds(timeoutSeconds));

    /// <summary>Waits until the work has ended or the time is over.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>True when the work has ended.</returns>
    public bool Join(TimeSpan timeout) => Finished.WaitOne(timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout);

    /// <summary>The exit code, or null while the process runs (Python's <c>poll</c>).</summary>
    public int? Poll() => ExitCode;

    /// <summary>
    /// Asks the work to stop, waits for the worker's grace time and then kills the process tree (Python's <c>terminate</c>,
    /// with a chance for <c>finally</c> blocks). Returns when it has ended.
    /// </summary>
    public void Terminate() => StopJob();

    /// <summary>Kills the process and everything that it started, at once (Python's <c>kill</c>).</summary>
    public abstract void Kill();

    /// <summary>
    /// Frees what the ended worker holds (Python's <c>close</c>). A second call does nothing; <c>Remove-Job</c> does the same
    /// and takes the job off the list too.
    /// </summary>
    /// <exception cref="WorkerStillRunningException">The worker has not ended.</exception>
    public void Close()
    {
        if (!HasExited)
        {
            throw new WorkerStillRunningException(this);
        }

        Dispose();
    }

    /// <inheritdoc/>
    public override void StartJob() => throw new WorkerStateException(this, "A worker starts when Start-WorkerProcess makes it and runs once. Call Start-WorkerProcess again.");

    /// <inheritdoc/>
    public override void StartJobAsync() => StartJob();

    /// <inheritdoc/>
    public override void StopJob() => StopJob(force: false, reason: string.Empty);

    /// <inheritdoc/>
    public override void StopJobAsync() => StopJobAsync(force: false, reason: string.Empty);

    /// <inheritdoc/>
    public override void StopJob(bool force, string reason)
    {
        RequestStop(force);
        Finished.WaitOne();
    }

    /// <inheritdoc/>
    public override void StopJobAsync(bool force, string reason)
    {
        RequestStop(force);
        ThreadPool.RegisterWaitForSingleObject(
            Finished,
            static (state, _) =>
            {
                WorkerProcess worker = (WorkerProcess)state!;
                worker.OnStopJobCompleted(new AsyncCompletedEventArgs(error: null, cancelled: false, worker));
            },
            this,
            Timeout.Infinite,
            executeOnlyOnce: true);
    }

    /// <inheritdoc/>
    public override void SuspendJob() => throw NotSuspendable();

    /// <inheritdoc/>
    public override void SuspendJob(bool force, string reason) => throw NotSuspendable();

    /// <inheritdoc/>
    public override void SuspendJobAsync() => throw NotSuspendable();

    /// <inheritdoc/>
    public override void SuspendJobAsync(bool force, string reason) => throw NotSuspendable();

    /// <inheritdoc/>
    public override void ResumeJob() => throw NotSuspendable();

    /// <inheritdoc/>
    public override void ResumeJobAsync() => throw NotSuspendable();

    /// <inheritdoc/>
    public override void UnblockJob() => throw NotSuspendable();

    /// <inheritdoc/>
    public override void UnblockJobAsync() => throw NotSuspendable();

    /// <summary>Begins to stop the work and returns at once.</summary>
    /// <param name="force">Kill without asking first.</param>
    private protected abstract void RequestStop(bool force);

    /// <summary>Ends the job: closes its streams and sets its state, once; later calls do nothing.</summary>
    /// <param name="state">Completed, Failed or Stopped.</param>
    /// <returns>True for the call that ended it.</returns>
    private protected bool End(JobState state)
    {
        lock (_endGate)
        {
            if (_ended)
            {
                return false;
            }

            _ended = true;
        }

        SetJobState(state);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_endGate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
        }

        base.Dispose(disposing);
    }

    private WorkerStateException NotSuspendable() =>
        new(this, "A worker cannot be suspended or resumed. Stop it with Stop-Job and start a new one.");
}

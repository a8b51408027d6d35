using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// What workers that run scripts and workers that run programs share: time limit, stopping with a grace time, the kill of the
/// process tree, and the one end that each has.
/// </summary>
internal abstract class ChildWorkerProcess : WorkerProcess
{
    private const int SignalKill = 9;

    private readonly WorkerLimits _limits;
    private readonly object _gate = new();
    private Timer? _timeout;
    private Timer? _grace;
    private ChildProcess? _process;
    private int? _exitCode;
    private bool _stopRequested;
    private bool _timedOut;

    private protected ChildWorkerProcess(string command, string? name, WorkerLimits limits)
        : base(command, name)
    {
        _limits = limits;
    }

    /// <inheritdoc/>
    public sealed override int? ProcessId => _process?.Id;

    /// <inheritdoc/>
    public sealed override int? ExitCode => HasExited ? _exitCode : null;

    /// <summary>True from the moment that the worker was asked to stop or to be killed, or its time was over.</summary>
    private protected bool IsStopRequested
    {
        get
        {
            lock (_gate)
            {
                return _stopRequested || _timedOut;
            }
        }
    }

    /// <inheritdoc/>
    public sealed override void Kill()
    {
        lock (_gate)
        {
            _stopRequested = true;
        }

        _process?.KillTree();
    }

    /// <summary>Sends one input object; waits while the worker is behind, and does nothing once it has ended.</summary>
    /// <exception cref="NotSerializableException">It cannot be sent; the others can.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public abstract void SendInput(object? value, CancellationToken cancellation);

    /// <summary>Tells the worker that there is no more input.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public abstract void CompleteInput(CancellationToken cancellation);

    /// <summary>Asks the running work to stop; returns at once and never throws.</summary>
    private protected abstract void AskToStop();

    /// <inheritdoc/>
    private protected sealed override void RequestStop(bool force)
    {
        lock (_gate)
        {
            if (HasExited || _stopRequested)
            {
                return;
            }

            _stopRequested = true;
        }

        BeginStop(force ? TimeSpan.Zero : _limits.Grace);
    }

    /// <summary>Takes the process over: applies the priority and starts the clock.</summary>
    private protected void Attach(ChildProcess process)
    {
        _process = process;
        if (_limits.Priority is { } priority)
        {
            SetPriority(process.Id, priority);
        }

        if (_limits.Timeout is { } timeout)
        {
            lock (_gate)
            {
                _timeout ??= new Timer(static state => ((ChildWorkerProcess)state!).OnTimeout(), this, timeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>
    /// Ends the job. A stop that was asked for and a time limit that was met win over how the work itself ended, because they are
    /// why it did.
    /// </summary>
    /// <param name="exitCode">The exit code, or null where the process was killed before it had one.</param>
    /// <param name="failure">The error that ended the work, or null.</param>
    /// <param name="stopped">True when the work says that it was stopped.</param>
    private protected void Finish(int? exitCode, ErrorRecord? failure, bool stopped = false)
    {
        bool timedOut;
        bool stopRequested;
        lock (_gate)
        {
            if (HasExited)
            {
                return;
            }

            _timeout?.Dispose();
            _grace?.Dispose();
            timedOut = _timedOut;
            stopRequested = _stopRequested;
            _exitCode = exitCode;
        }

        JobState state = JobState.Completed;
        if (timedOut)
        {
            failure = new WorkerTimeoutException(Name, _limits.Timeout!.Value).ErrorRecord;
            _exitCode = exitCode is null or >= 0 ? -SignalKill : exitCode;
        }
        else if (stopRequested || stopped)
        {
            failure = null;
            state = JobState.Stopped;
        }

        if (failure is not null)
        {
            state = JobState.Failed;
            Failure = failure;
        }

        try
        {
            if (failure is not null)
            {
                Error.Add(failure);
            }

            End(state);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or PSInvalidOperationException)
        {
            // The job was removed before its worker had ended: nobody is left to be told.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!HasExited)
            {
                Kill();
            }

            lock (_gate)
            {
                _timeout?.Dispose();
                _grace?.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>Sets the priority of a process.</summary>
    /// <exception cref="WorkerArgumentException">The operating system refuses it.</exception>
    internal static void SetPriority(int processId, ProcessPriorityClass priority)
    {
        try
        {
            using Process process = Process.GetProcessById(processId);
            process.PriorityClass = priority;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended already.
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new WorkerArgumentException(
                "PriorityNotAllowed",
                ErrorCategory.PermissionDenied,
                $"The priority {priority} was refused by the operating system: {exception.Message}. Only an administrator may raise it.",
                priority,
                exception);
        }
    }

    private void OnTimeout()
    {
        lock (_gate)
        {
            if (HasExited || _stopRequested)
            {
                return;
            }

            _timedOut = true;
        }

        BeginStop(_limits.Grace);
    }

    private void BeginStop(TimeSpan grace)
    {
        if (grace <= TimeSpan.Zero)
        {
            _process?.KillTree();
            return;
        }

        lock (_gate)
        {
            _grace = new Timer(static state => ((ChildWorkerProcess)state!)._process?.KillTree(), this, grace, Timeout.InfiniteTimeSpan);
        }

        AskToStop();
    }
}

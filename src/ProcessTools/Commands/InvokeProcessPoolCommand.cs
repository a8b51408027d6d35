using System.Collections;
using System.Management.Automation;
using ProcessTools.Engine.Pools;

namespace ProcessTools.Commands;

/// <summary><c>Invoke-ProcessPool</c>: runs a script block on each object of a pipeline in worker processes.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "ProcessPool", SupportsShouldProcess = false)]
[OutputType(typeof(PSObject), typeof(PoolItemRecord), typeof(PoolJob))]
public sealed class InvokeProcessPoolCommand : CancellableCommand, IPoolRunOutput
{
    // While nothing comes, the progress bar is brought up to date so often.
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(250);

    private readonly PoolProgress _progress = new(TimeProvider.System);
    private PoolRun? _run;
    private bool _isProgressShown;

    /// <summary>The script.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>The items.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Arguments that follow the item.</summary>
    [Parameter(Position = 1)]
    [Alias("Args")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ArgumentList { get; set; }

    /// <summary>The pool.</summary>
    [Parameter]
    [ValidateNotNull]
    public ProcessPool? Pool { get; set; }

    /// <summary>How many items at once.</summary>
    [Parameter]
    [ValidateRange(1, PoolOptions.MostWorkers)]
    public int? ThrottleLimit { get; set; }

    /// <summary>How many items go to a worker in one go.</summary>
    [Parameter]
    [ValidateRange(1, ushort.MaxValue)]
    public int? ChunkSize { get; set; }

    /// <summary>Results as they come.</summary>
    [Parameter]
    public SwitchParameter Unordered { get; set; }

    /// <summary>Items are lists or dictionaries of arguments.</summary>
    [Parameter]
    public SwitchParameter Splat { get; set; }

    /// <summary>A script to run once in each worker before.</summary>
    [Parameter]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>Modules to import.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SessionItemCompleter))]
    public string[] Module { get; set; } = [];

    /// <summary>Functions to take along.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SessionItemCompleter))]
    public string[] Function { get; set; } = [];

    /// <summary>Variables to take along.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SessionItemCompleter))]
    public string[] Variable { get; set; } = [];

    /// <summary>Take nothing along that is not named.</summary>
    [Parameter]
    public SwitchParameter NoImport { get; set; }

    /// <summary>How long an item may take.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan? TimeoutSeconds { get; set; }

    /// <summary>How often an item that failed is tried again.</summary>
    [Parameter]
    [Alias("Retries")]
    [ValidateRange(0, int.MaxValue)]
    public int? RetryCount { get; set; }

    /// <summary>How long to wait before the first of these.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan RetryDelaySeconds { get; set; } = RetryPolicy.DefaultDelay;

    /// <summary>After how many items a worker is replaced.</summary>
    [Parameter]
    [Alias("MaxTasksPerChild")]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxTasksPerWorker { get; set; }

    /// <summary>Runs here for each item that ended with a result.</summary>
    [Parameter]
    public ScriptBlock? Callback { get; set; }

    /// <summary>Runs here for each item that did not.</summary>
    [Parameter]
    public ScriptBlock? ErrorCallback { get; set; }

    /// <summary>Return a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>The job's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>A file that gets a line for each item.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JobLog { get; set; }

    /// <summary>Pass over the items that the log has.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>At how many failures to stop.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Halt { get; set; }

    /// <summary>One record an item.</summary>
    [Parameter]
    public SwitchParameter AsRecord { get; set; }

    /// <summary>No progress bar.</summary>
    [Parameter]
    public SwitchParameter NoProgress { get; set; }

    /// <inheritdoc/>
    void IPoolRunOutput.WriteOutput(object? value) => WriteObject(value);

    /// <inheritdoc/>
    void IPoolRunOutput.WriteRecord(object record)
    {
        switch (record)
        {
            case ErrorRecord error:
                WriteError(error);
                break;
            case WarningRecord warning:
                WriteWarning(warning.Message);
                break;
            case VerboseRecord verbose:
                WriteVerbose(verbose.Message);
                break;
            case DebugRecord debug:
                WriteDebug(debug.Message);
                break;
            case InformationRecord information:
                WriteInformation(information);
                break;
            case ProgressRecord progress:
                WriteProgress(progress);
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    void IPoolRunOutput.RunCallback(ScriptBlock callback, object? value, object? item)
    {
        try
        {
            callback.InvokeWithContext(null, [new PSVariable("_", value)], value, item);
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            WriteError(exception.ErrorRecord);
        }
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Resume && JobLog is null)
        {
            ThrowTerminatingError(new PoolArgumentException(
                "ResumeWithoutJobLog", ErrorCategory.InvalidArgument, "There is nothing to resume from: -Resume needs the log that an earlier run wrote. Give its path with -JobLog.", null).ErrorRecord);
        }

        Guard(() => _run = PoolRun.Begin(Request(), SessionState));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (MyInvocation.ExpectingInput)
        {
            Add(InputObject);
            return;
        }

        if (!MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
        {
            return;
        }

        // Given by name, a collection stands for its items, as in a pipeline.
        IEnumerable? items = LanguagePrimitives.GetEnumerable(InputObject);
        foreach (object? item in items ?? new object?[] { InputObject })
        {
            Add(item);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        PoolRun run = _run!;
        if (AsJob)
        {
            PoolJob job = RunningPoolJob.Start(run, ScriptBlock.ToString().Trim(), Name);
            _run = null;
            JobRepository.Add(job);
            WriteObject(job);
            return;
        }

        Guard(() =>
        {
            run.Complete();
            run.Write(this);
            while (!run.IsFinished)
            {
                run.Wait(s_progressInterval, PipelineStopped);
                run.Write(this);
                ShowProgress(run, run.Added);
            }

            run.Write(this);
        });
        EndProgress();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _run?.Dispose();
            _run = null;
        }
    }

    private PoolRunRequest Request() => new()
    {
        Script = ScriptBlock,
        Pool = Pool,
        Arguments = ArgumentList ?? [],
        Throttle = ThrottleLimit,
        ChunkSize = ChunkSize,
        IsOrdered = !Unordered,
        Splat = Splat,
        Initialization = InitializationScript,
        Modules = Module,
        Functions = Function,
        Variables = Variable,
        Preferences = Preferences(),
        NoImport = NoImport,
        TaskTimeout = TimeoutSeconds,
        RetryCount = RetryCount,
        RetryDelay = RetryDelaySeconds,
        MaxTasksPerWorker = MaxTasksPerWorker,
        Callback = Callback,
        ErrorCallback = ErrorCallback,
        JobLog = JobLog is null ? null : SessionState.Path.GetUnresolvedProviderPathFromPSPath(JobLog),
        Resume = Resume,
        Halt = Halt,
        AsRecord = AsRecord,
    };

    /// <summary>What -Verbose and -Debug mean for the items: their records are wanted.</summary>
    private Dictionary<string, object?> Preferences()
    {
        Dictionary<string, object?> preferences = [];
        Add("Verbose", "VerbosePreference");
        Add("Debug", "DebugPreference");
        return preferences;

        void Add(string parameter, string variable)
        {
            if (MyInvocation.BoundParameters.TryGetValue(parameter, out object? value))
            {
                preferences[variable] = LanguagePrimitives.IsTrue(value) ? ActionPreference.Continue : ActionPreference.SilentlyContinue;
            }
        }
    }

    private void Add(object? item)
    {
        PoolRun run = _run!;
        Guard(() =>
        {
            // All items of a job are taken here, where their properties may run script; its thread only takes results.
            if (!run.Add(item) || AsJob)
            {
                return;
            }

            run.Write(this);
            while (!run.HasRoom)
            {
                run.Wait(s_progressInterval, PipelineStopped);
                run.Write(this);
                ShowProgress(run, null);
            }

            ShowProgress(run, null);
        });
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (ProcessToolsException exception)
        {
            Dispose();
            ThrowTerminatingError(exception.ErrorRecord);
        }
        catch (ProcessTaskException exception)
        {
            Dispose();
            ThrowTerminatingError(exception.ErrorRecord);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void ShowProgress(PoolRun run, long? total)
    {
        if (NoProgress || !_progress.TryUpdate(run.Finished, run.Failed, total, run.Running, out ProgressText text))
        {
            return;
        }

        _isProgressShown = true;
        WriteProgress(new ProgressRecord(ProgressId, text.Activity, text.Status) { PercentComplete = text.PercentComplete, SecondsRemaining = text.SecondsRemaining });
    }

    private void EndProgress()
    {
        if (_isProgressShown)
        {
            WriteProgress(new ProgressRecord(ProgressId, "Invoke-ProcessPool", "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    // A command's own, so that several in one pipeline have a bar each.
    private int ProgressId => MyInvocation.PipelinePosition + 0x5054;
}

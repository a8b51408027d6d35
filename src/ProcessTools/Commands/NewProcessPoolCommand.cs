using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Pools;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Commands;

/// <summary><c>New-ProcessPool</c>: makes a pool of worker processes.</summary>
[Cmdlet(VerbsCommon.New, "ProcessPool", SupportsShouldProcess = true)]
[OutputType(typeof(ProcessPool))]
public sealed class NewProcessPoolCommand : PSCmdlet
{
    /// <summary>How many workers.</summary>
    [Parameter(Position = 0)]
    [Alias("Processes", "ThrottleLimit")]
    [ValidateRange(1, PoolOptions.MostWorkers)]
    public int? Size { get; set; }

    /// <summary>The pool's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>A script to run in each worker before its tasks.</summary>
    [Parameter]
    [Alias("Initializer")]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>Its arguments.</summary>
    [Parameter]
    [Alias("InitArgs")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? InitializationArgumentList { get; set; }

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

    /// <summary>The folder to start in.</summary>
    [Parameter]
    [Alias("Cwd")]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>Changes to the environment.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Environment { get; set; }

    /// <summary>After how many tasks a worker is replaced.</summary>
    [Parameter]
    [Alias("MaxTasksPerChild")]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxTasksPerWorker { get; set; }

    /// <summary>Above how much memory a worker is replaced.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? MaxWorkerMemory { get; set; }

    /// <summary>How long a task may take.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan? TaskTimeoutSeconds { get; set; }

    /// <summary>How often a task that failed is tried again.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int RetryCount { get; set; }

    /// <summary>After how long without work workers leave.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan? IdleTimeoutSeconds { get; set; }

    /// <summary>How long a task that is told to stop may take.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan GraceSeconds { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The priority of the workers.</summary>
    [Parameter]
    public ProcessPriorityClass? Priority { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Name ?? "a pool without a name", "Make a process pool"))
        {
            return;
        }

        try
        {
            WriteObject(Request().Make(SessionState));
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }

    private PoolRequest Request() => new()
    {
        Name = Name,
        Size = Size ?? PoolNesting.DefaultSize,
        Initialization = InitializationScript,
        InitializationArguments = InitializationArgumentList ?? [],
        Modules = Module,
        Functions = Function,
        Variables = Variable,
        NoImport = NoImport,
        WorkingDirectory = WorkingDirectory,
        Environment = Environment,
        MaxTasksPerWorker = MaxTasksPerWorker,
        MaxWorkerMemory = MaxWorkerMemory,
        TaskTimeout = TaskTimeoutSeconds,
        RetryCount = RetryCount,
        IdleTimeout = IdleTimeoutSeconds,
        Limits = new WorkerLimits { Grace = GraceSeconds, Priority = Priority },
    };
}

using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Text;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Commands;

/// <summary>
/// <c>Start-WorkerProcess</c>: starts a worker process that runs a script block or a program, and returns it as a job.
/// </summary>
[Cmdlet(VerbsLifecycle.Start, "WorkerProcess", DefaultParameterSetName = ScriptBlockSet, SupportsShouldProcess = true)]
[OutputType(typeof(WorkerProcess))]
public sealed class StartWorkerProcessCommand : CancellableCommand
{
    private const string ScriptBlockSet = "ScriptBlock";
    private const string ProgramSet = "Program";
    private const string ShellSet = "Shell";
    private const string ScriptExtension = ".ps1";

    private ChildWorkerProcess? _worker;
    private bool _isHandedOver;

    /// <summary>The script to run.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ScriptBlockSet)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>The program or script file to run.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ProgramSet)]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = string.Empty;

    /// <summary>The command line to run in the system's shell.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ShellSet)]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = string.Empty;

    /// <summary>Arguments by position.</summary>
    [Parameter(Position = 1, ParameterSetName = ScriptBlockSet)]
    [Parameter(Position = 1, ParameterSetName = ProgramSet)]
    [Alias("Args")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ArgumentList { get; set; }

    /// <summary>Arguments by name.</summary>
    [Parameter(ParameterSetName = ScriptBlockSet)]
    [Parameter(ParameterSetName = ProgramSet)]
    [Alias("Parameters")]
    public IDictionary? Parameter { get; set; }

    /// <summary>Input objects.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>A script to run before.</summary>
    [Parameter(ParameterSetName = ScriptBlockSet)]
    [Parameter(ParameterSetName = ProgramSet)]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>Modules to import.</summary>
    [Parameter(ParameterSetName = ScriptBlockSet)]
    [Parameter(ParameterSetName = ProgramSet)]
    [ArgumentCompleter(typeof(SessionItemCompleter))]
    public string[] Module { get; set; } = [];

    /// <summary>Functions to take along.</summary>
    [Parameter(ParameterSetName = ScriptBlockSet)]
    [Parameter(ParameterSetName = ProgramSet)]
    [ArgumentCompleter(typeof(SessionItemCompleter))]
    public string[] Function { get; set; } = [];

    /// <summary>Variables to take along.</summary>
    [Parameter(ParameterSetName = ScriptBlockSet)]
    [Parameter(ParameterSetName = ProgramSet)]
    [ArgumentCompleter(typeof(SessionItemCompleter))]
    public string[] Variable { get; set; } = [];

    /// <summary>Take nothing along that is not named.</summary>
    [Parameter(ParameterSetName = ScriptBlockSet)]
    [Parameter(ParameterSetName = ProgramSet)]
    public SwitchParameter NoImport { get; set; }

    /// <summary>The worker's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The folder to start in.</summary>
    [Parameter]
    [Alias("Cwd")]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>Changes to the environment.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Environment { get; set; }

    /// <summary>How long the worker may run.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan? TimeoutSeconds { get; set; }

    /// <summary>How long a worker that is asked to stop may take.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan GraceSeconds { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The priority of the process.</summary>
    [Parameter]
    public ProcessPriorityClass? Priority { get; set; }

    /// <summary>Read standard error as output.</summary>
    [Parameter(ParameterSetName = ProgramSet)]
    [Parameter(ParameterSetName = ShellSet)]
    public SwitchParameter MergeError { get; set; }

    /// <summary>The encoding of the program's input and output.</summary>
    [Parameter(ParameterSetName = ProgramSet)]
    [Parameter(ParameterSetName = ShellSet)]
    [EncodingTransformation]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    public Encoding Encoding { get; set; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Output as byte arrays.</summary>
    [Parameter(ParameterSetName = ProgramSet)]
    [Parameter(ParameterSetName = ShellSet)]
    public SwitchParameter AsByteStream { get; set; }

    private bool HasInput => MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        string what = ParameterSetName switch
        {
            ScriptBlockSet => ScriptBlock.ToString().Trim(),
            ProgramSet => FilePath,
            _ => Command,
        };
        if (!ShouldProcess(what, "Start a worker process"))
        {
            return;
        }

        try
        {
            _worker = Start();
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!HasInput || _worker is null)
        {
            return;
        }

        if (MyInvocation.ExpectingInput)
        {
            SendInput(_worker, InputObject);
            return;
        }

        // Given by name, a collection stands for its items, as in a pipeline.
        IEnumerable? items = LanguagePrimitives.GetEnumerable(InputObject);
        foreach (object? item in items ?? new object?[] { InputObject })
        {
            SendInput(_worker, item);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_worker is null)
        {
            return;
        }

        if (HasInput)
        {
            CompleteInput(_worker);
        }

        JobDefinition definition = new(typeof(WorkerJobSourceAdapter), _worker.Command, _worker.Name);
        JobManager.NewJob(new JobInvocationInfo(definition, new Dictionary<string, object> { ["Worker"] = _worker }));
        _isHandedOver = true;
        WriteObject(_worker);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && _worker is not null && !_isHandedOver)
        {
            // The pipeline ended before anybody could get hold of the worker.
            _worker.Dispose();
        }
    }

    private ChildWorkerProcess Start()
    {
        WorkerLimits limits = new() { Timeout = TimeoutSeconds, Grace = GraceSeconds, Priority = Priority };
        if (ParameterSetName == ScriptBlockSet)
        {
            return ScriptRequest(ScriptBlock, limits).Start(SessionState);
        }

        if (ParameterSetName == ProgramSet && FilePath.EndsWith(ScriptExtension, StringComparison.OrdinalIgnoreCase))
        {
            return ScriptRequest(ScriptWorkerRequest.ReadFile(FilePath, SessionState), limits).Start(SessionState);
        }

        ProgramWorkerRequest request = new()
        {
            Name = Name,
            FilePath = ParameterSetName == ProgramSet ? FilePath : null,
            ShellCommand = ParameterSetName == ShellSet ? Command : null,
            Arguments = ArgumentList ?? [],
            MergeError = MergeError,
            Encoding = Encoding,
            AsByteStream = AsByteStream,
            WorkingDirectory = WorkingDirectory,
            Environment = Environment,
            HasInput = HasInput,
            Limits = limits,
        };
        return request.Start(SessionState);
    }

    private ScriptWorkerRequest ScriptRequest(ScriptBlock script, WorkerLimits limits) => new()
    {
        Name = Name,
        Script = script,
        Arguments = ArgumentList ?? [],
        Parameters = Parameter,
        Initialization = InitializationScript,
        Modules = Module,
        Functions = Function,
        Variables = Variable,
        NoImport = NoImport,
        WorkingDirectory = WorkingDirectory,
        Environment = Environment,
        HasInput = HasInput,
        Limits = limits,
    };

    private void SendInput(ChildWorkerProcess worker, object? value)
    {
        try
        {
            worker.SendInput(value, PipelineStopped);
        }
        catch (ProcessToolsException exception)
        {
            // One object that cannot travel does not keep the others back.
            WriteError(new ErrorRecord(exception, exception.ErrorId, exception.Category, value));
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void CompleteInput(ChildWorkerProcess worker)
    {
        try
        {
            worker.CompleteInput(PipelineStopped);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}

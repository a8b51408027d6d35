using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Pools.Hosting;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>
/// The runspace of a worker: set up like the caller's, then the script, then nothing more.
/// </summary>
internal sealed class WorkerRunspace(WorkerOutput output)
{
    // The script runs as a function, because a function streams its input and takes arguments by position and name alike.
    private const string ScriptFunction = "WorkerScript";

    // PowerShell's own way to hand over values of $using: expressions; ThreadJob and Invoke-Command use it.
    private const string UsingValuesParameter = "--%";

    private const string WarmUpFunction = "WorkerWarmUp";

    private const string WarmUpScript = """
        param($name, $number)
        "text: $name $number $PID"
        [pscustomobject]@{ Name = $name; Number = $number + 1; Items = @(1, 2, 3) }
        $total = 0
        foreach ($item in 1..3) { if ($item -gt 1) { $total += $item } }
        $table = @{ Key = $total }
        1..2 | ForEach-Object { $_ * $table.Key } | Where-Object { $_ -ne 0 }
        try { throw 'warm' } catch { $_.Exception.Message }
        (WorkerWarmUp $name).Length.ToString()
        $global:Error.Clear()
        """;

    private static Task<InitialSessionState>? s_initialState;

    private readonly WorkerHost _host = new(output);
    private readonly object _gate = new();
    private Runspace? _runspace;
    private PowerShell? _running;
    private bool _stopRequested;

    private Runspace OpenRunspace => _runspace ?? throw new InvalidOperationException("The runspace is not open.");

    /// <summary>
    /// Begins to load PowerShell's engine on another thread, so that it and the connection come up at the same time.
    /// </summary>
    public static void Preload() => s_initialState = Task.Run(static () =>
    {
        WorkerRuntime.ReadPowerShellSettings();
        return InitialSessionState.CreateDefault2();
    });

    /// <summary>Opens the runspace, as the caller's program has it by default.</summary>
    public void Open()
    {
        Runspace runspace = RunspaceFactory.CreateRunspace(_host, s_initialState?.Result ?? InitialSessionState.CreateDefault2());
        runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        runspace.Name = "ProcessTools.Worker";
        runspace.Open();

        // Scripts are parsed on this thread, and find the types that were defined in the runspace before.
        Runspace.DefaultRunspace = runspace;
        _runspace = runspace;
    }

    /// <summary>Runs the whole path on a script that uses what scripts use, with nothing sent: the real one then finds it compiled.</summary>
    public void WarmUp()
    {
        WorkerStart dummy = new()
        {
            Name = string.Empty,
            Script = new ScriptSource(WarmUpScript, null, 1, 1, string.Empty),
            Location = Environment.CurrentDirectory,
            Environment = WorkerLink.CurrentEnvironment(),
            Culture = CultureInfo.CurrentCulture.Name,
            UICulture = CultureInfo.CurrentUICulture.Name,
            LanguageMode = PSLanguageMode.FullLanguage,
            Functions = new Dictionary<string, ScriptSource> { [WarmUpFunction] = new("param($x) $x", null, 1, 1, string.Empty) },
            Arguments = ["warm", PSObject.AsPSObject(1)],
        };
        using PooledBufferWriter buffer = new();
        PayloadWriter writer = new(MessageCodec.Serializer, buffer);
        dummy.Write(ref writer, string.Empty);
        writer.Flush();
        PayloadReader reader = new(MessageCodec.Serializer, new System.Buffers.ReadOnlySequence<byte>(buffer.WrittenMemory));
        WorkerStart read = WorkerStart.Read(ref reader);
        output.IsEnabled = false;
        Run(read, null);
        OpenRunspace.SessionStateProxy.InvokeProvider.Item.Remove($"function:\\{WarmUpFunction}", recurse: false);
        output.IsEnabled = true;
    }

    /// <summary>Sets the runspace up and runs the script.</summary>
    /// <param name="start">What to run.</param>
    /// <param name="input">The input objects, or null for none.</param>
    /// <returns>How it ended.</returns>
    public (WorkerOutcome Outcome, int ExitCode, ErrorRecord? Failure) Run(WorkerStart start, PSDataCollection<object?>? input)
    {
        ApplyEnvironment(start.Environment);
        return Execute(start, input);
    }

    /// <summary>Asks whatever runs to stop, and lets nothing more begin. Returns at once.</summary>
    public void Stop()
    {
        PowerShell? running;
        lock (_gate)
        {
            _stopRequested = true;
            running = _running;
        }

        running?.BeginStop(static _ => { }, null);
    }

    /// <summary>Sets the runspace up for a pool.</summary>
    /// <returns>The error that prevented it, or null.</returns>
    public ErrorRecord? SetUp(WorkerStart start, Action<IReadOnlyDictionary<string, string>> applyEnvironment)
    {
        try
        {
            applyEnvironment(start.Environment);
            Prepare(start);
            return _host.ExitCode is { } code ? new TaskExitedException(code, null).ErrorRecord : null;
        }
        catch (Exception exception) when (exception is RuntimeException or ProcessToolsException)
        {
            return TerminatingError.RecordOf(exception);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return new ErrorRecord(exception, "WorkerSetUpFailed", ErrorCategory.InvalidOperation, null);
        }
    }

    /// <summary>Runs a pool's tasks, in one pipeline after another, until there are no more.</summary>
    public void RunPool(PoolHost host)
    {
        while (!host.HasLeft)
        {
            using PowerShell pipeline = Create();
            pipeline.AddCommand(new CmdletInfo(PoolLoopCommand.Name, typeof(PoolLoopCommand))).AddParameter(nameof(PoolLoopCommand.Tasks), host);
            host.BeginPipeline(() => pipeline.BeginStop(static _ => { }, null));
            try
            {
                Invoke(pipeline, null, []);
            }
            catch (PipelineStoppedException) when (!_stopRequested)
            {
                // A task was stopped; the others go on in a new pipeline.
            }
            finally
            {
                host.EndPipeline();
            }
        }
    }

    /// <summary>Makes the environment the given one.</summary>
    public static void ApplyEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (!environment.ContainsKey(name))
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }

        foreach ((string name, string value) in environment)
        {
            if (Environment.GetEnvironmentVariable(name) != value)
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }

    private (WorkerOutcome Outcome, int ExitCode, ErrorRecord? Failure) Execute(WorkerStart start, PSDataCollection<object?>? input)
    {
        try
        {
            Prepare(start);
            SetFunction(ScriptFunction, start.Script);
            using PowerShell script = Create();
            script.AddCommand(ScriptFunction);
            foreach ((string name, object? value) in start.Parameters)
            {
                script.AddParameter(name, value);
            }

            foreach (object? argument in start.Arguments)
            {
                script.AddArgument(argument);
            }

            AddUsingValues(script, start);
            output.SendStarted();
            Invoke(script, input, ForwardedStream.Create<PSObject?>(output, WorkerMessageKind.Output));
            return (WorkerOutcome.Completed, _host.ExitCode ?? 0, null);
        }
        catch (PipelineStoppedException)
        {
            return _stopRequested ? (WorkerOutcome.Stopped, 1, null) : (WorkerOutcome.Completed, _host.ExitCode ?? 0, null);
        }
        catch (RuntimeException exception)
        {
            return _stopRequested
                ? (WorkerOutcome.Stopped, 1, null)
                : (WorkerOutcome.Failed, 1, TerminatingError.RecordOf(exception));
        }
        catch (ProcessToolsException exception)
        {
            return (WorkerOutcome.Failed, 1, exception.ErrorRecord);
        }
        catch (Exception exception)
        {
            return (WorkerOutcome.Failed, 1, new ErrorRecord(exception, "WorkerSetUpFailed", ErrorCategory.InvalidOperation, null));
        }
    }

    private void Prepare(WorkerStart start)
    {
        _host.Culture = CultureInfo.GetCultureInfo(start.Culture);
        _host.UICulture = CultureInfo.GetCultureInfo(start.UICulture);
        CultureInfo.DefaultThreadCurrentCulture = _host.Culture;
        CultureInfo.DefaultThreadCurrentUICulture = _host.UICulture;
        Directory.SetCurrentDirectory(start.Location);
        SessionStateProxy session = OpenRunspace.SessionStateProxy;
        session.Path.SetLocation(WildcardPattern.Escape(start.Location));
        if (start.LanguageMode != session.LanguageMode)
        {
            session.LanguageMode = start.LanguageMode;
        }

        if (start.Modules.Count > 0)
        {
            using PowerShell import = Create();
            import.AddCommand("Import-Module").AddParameter("Name", start.Modules.ToArray()).AddParameter("ErrorAction", ActionPreference.Stop);
            Invoke(import, null, []);
        }

        foreach (ScriptSource type in start.Types)
        {
            RunInGlobalScope(type, start);
        }

        foreach ((string name, ScriptSource function) in start.Functions)
        {
            SetFunction(name, function);
        }

        foreach ((string name, string value) in start.Aliases)
        {
            session.InvokeProvider.Item.Set($"alias:\\{name}", value);
        }

        foreach ((string name, object? value) in start.Variables)
        {
            session.SetVariable(name, value);
        }

        if (start.Initialization is not null)
        {
            RunInGlobalScope(start.Initialization, start, withArguments: start.Script.Text.Length == 0);
        }
    }

    private void SetFunction(string name, ScriptSource source) =>
        OpenRunspace.SessionStateProxy.InvokeProvider.Item.Set($"function:\\{name}", source.Parse());

    private void RunInGlobalScope(ScriptSource source, WorkerStart start, bool withArguments = false)
    {
        using PowerShell script = Create();
        script.AddScript(DotSource(withArguments ? start.Arguments.Count : 0), useLocalScope: false).AddArgument(source.Parse());
        for (int i = 0; withArguments && i < start.Arguments.Count; i++)
        {
            script.AddArgument(start.Arguments[i]);
        }

        AddUsingValues(script, start);
        Invoke(script, null, []);
    }

    /// <summary>A script that runs another in its own scope; without variables, which would stay in that scope.</summary>
    private static string DotSource(int arguments) =>
        ". $args[0]" + string.Concat(Enumerable.Range(1, arguments).Select(static index => string.Create(CultureInfo.InvariantCulture, $" $args[{index}]")));

    private static void AddUsingValues(PowerShell script, WorkerStart start)
    {
        if (start.UsingValues.Count > 0)
        {
            script.AddParameter(UsingValuesParameter, new Dictionary<string, object?>(start.UsingValues));
        }
    }

    private PowerShell Create()
    {
        PowerShell script = PowerShell.Create();
        script.Runspace = OpenRunspace;
        script.Streams.Error = ForwardedStream.Create<ErrorRecord>(output, WorkerMessageKind.Error);
        script.Streams.Warning = ForwardedStream.Create<WarningRecord>(output, WorkerMessageKind.Warning);
        script.Streams.Verbose = ForwardedStream.Create<VerboseRecord>(output, WorkerMessageKind.Verbose);
        script.Streams.Debug = ForwardedStream.Create<DebugRecord>(output, WorkerMessageKind.Debug);
        script.Streams.Information = ForwardedStream.Create<InformationRecord>(output, WorkerMessageKind.Information);
        script.Streams.Progress = ForwardedStream.Create<ProgressRecord>(output, WorkerMessageKind.Progress);
        return script;
    }

    private void Invoke(PowerShell script, PSDataCollection<object?>? input, PSDataCollection<PSObject?> results)
    {
        IAsyncResult invocation;
        lock (_gate)
        {
            if (_stopRequested)
            {
                throw new PipelineStoppedException();
            }

            _running = script;
            invocation = script.BeginInvoke(input, results);
        }

        try
        {
            script.EndInvoke(invocation);
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }
    }
}

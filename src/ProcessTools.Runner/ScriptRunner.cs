using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ProcessTools.Runner;

/// <summary>Runs one script in one runspace, with the console as its host.</summary>
internal sealed class ScriptRunner
{
    // A runspace closes in milliseconds unless a job or an event subscriber of the script hangs; then the process ends without it.
    private static readonly TimeSpan s_closePatience = TimeSpan.FromSeconds(2);

    private readonly ScriptInvocation _invocation;
    private readonly StopSignal _stop;

    /// <summary>Prepares a run.</summary>
    /// <param name="invocation">What to run.</param>
    /// <param name="stop">What ends it early.</param>
    public ScriptRunner(ScriptInvocation invocation, StopSignal stop)
    {
        _invocation = invocation;
        _stop = stop;
    }

    /// <summary>Runs the script to its end.</summary>
    /// <returns>The exit code of the process.</returns>
    public int Run()
    {
        using var input = new StandardInput(_stop.Requested);
        var ui = new RunnerHostUserInterface(new ConsoleWriter(), input);
        var host = new RunnerHost(ui);
        using Runspace runspace = Open(host);
        bool succeeded = Invoke(runspace, ui, input);
        int exitCode = ExitCode(host, succeeded);
        Close(runspace);
        return exitCode;
    }

    private static Runspace Open(RunnerHost host)
    {
        // CreateDefault2 has the cmdlets of System.Management.Automation itself, which is all there is without pwsh.
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            // The policy that pwsh is installed with; a bare System.Management.Automation would run no script at all.
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.RemoteSigned;
        }

        Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        runspace.Open();
        ExitPropagation.Enable(runspace);
        return runspace;
    }

    private static void Close(Runspace runspace)
    {
        // CloseAsync only posts the request for some states and blocks for others, so the bound is a thread's.
        var closer = new Thread(() =>
        {
            try
            {
                runspace.Close();
            }
            catch (Exception e) when (e is InvalidOperationException or RuntimeException)
            {
                // Already closing or broken: the process is about to end.
            }
        })
        {
            IsBackground = true,
            Name = "Runspace closer",
        };
        closer.Start();
        closer.Join(s_closePatience);
    }

    private bool Invoke(Runspace runspace, RunnerHostUserInterface ui, StandardInput input)
    {
        using Pipeline pipeline = runspace.CreatePipeline();
        pipeline.Commands.Add(_invocation.ToCommand());
        pipeline.Commands.Add("Out-Default");
        using var ended = new ManualResetEventSlim();
        pipeline.StateChanged += (_, change) =>
        {
            if (change.PipelineStateInfo.State is PipelineState.Completed or PipelineState.Failed or PipelineState.Stopped)
            {
                ended.Set();
            }
        };

        // Not Invoke, which closes the input before it starts.
        pipeline.InvokeAsync();
        using CancellationTokenRegistration stopping = _stop.Requested.Register(pipeline.StopAsync);
        if (InputUse.Of(_invocation))
        {
            input.FeedTo(pipeline.Input);
        }
        else
        {
            pipeline.Input.Close();
        }

        ended.Wait();
        PipelineStateInfo end = pipeline.PipelineStateInfo;
        if (end.State == PipelineState.Failed && end.Reason is RuntimeException error and not PipelineStoppedException)
        {
            ErrorReporter.Report(runspace, ui, error);
        }

        return end.State == PipelineState.Completed;
    }

    private int ExitCode(RunnerHost host, bool succeeded) =>
        _stop.ExitCode != 0 ? _stop.ExitCode
        : host.RequestedExitCode ?? (succeeded ? ExitCodes.Success : ExitCodes.Failure);
}

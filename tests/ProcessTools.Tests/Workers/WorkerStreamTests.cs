using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>The seven streams of a worker, its errors, and its exit codes.</summary>
public sealed class WorkerStreamTests : IDisposable
{
    // The core commands alone have no Write-Warning and the like, so the script writes as a cmdlet does.
    private const string WriteAll = """
        $p = Start-WorkerProcess {
            [CmdletBinding()] param()
            $VerbosePreference = $DebugPreference = $WarningPreference = 'Continue'
            $PSCmdlet.WriteObject('out')
            $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([IO.FileNotFoundException]::new('gone', 'f.txt'), 'MyId', 'ObjectNotFound', 'target'))
            $PSCmdlet.WriteWarning('warn')
            $PSCmdlet.WriteVerbose('verb')
            $PSCmdlet.WriteDebug('debug')
            $PSCmdlet.WriteInformation([Management.Automation.HostInformationMessage]@{ Message = 'hello'; ForegroundColor = 'Green' }, [string[]]'PSHOST')
            $PSCmdlet.WriteProgress([Management.Automation.ProgressRecord]::new(1, 'act', 'status'))
        }
        $null = Wait-Job $p
        $p
        """;

    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void All_seven_streams_arrive_as_themselves()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run(WriteAll)).BaseObject;
        Assert.Equal("out", Assert.Single(worker.Output).BaseObject);
        Assert.Equal("warn", Assert.Single(worker.Warning).Message);
        Assert.Equal("verb", Assert.Single(worker.Verbose).Message);
        Assert.Equal("debug", Assert.Single(worker.Debug).Message);
        Assert.Equal("act", Assert.Single(worker.Progress).Activity);
        InformationRecord information = Assert.Single(worker.Information);
        HostInformationMessage message = Assert.IsType<HostInformationMessage>(information.MessageData);
        Assert.Equal("hello", message.Message);
        Assert.Equal(ConsoleColor.Green, message.ForegroundColor);
        Assert.Contains("PSHOST", information.Tags);
        ErrorRecord error = Assert.Single(worker.Error);
        Assert.Equal("MyId", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Equal("target", error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject);
        Assert.Equal("f.txt", Assert.IsType<FileNotFoundException>(error.Exception).FileName);
        Assert.Equal(JobState.Completed, worker.JobStateInfo.State);
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public void Output_streams_while_the_worker_runs()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("Start-WorkerProcess { 'first'; while ($true) { Start-Sleep -Milliseconds 10 } }")).BaseObject;
        Until.True(() => worker.Output.Count == 1, "the first object is there");
        Assert.True(worker.IsAlive);
        worker.Kill();
        Assert.True(worker.Join(5));
    }

    [Fact]
    public void What_is_written_past_PowerShell_is_information_in_order()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run(
            "$p = Start-WorkerProcess { [Console]::WriteLine('to stdout'); [Console]::Error.WriteLine('to stderr'); $Host.UI.WriteLine('to the host') }; $null = Wait-Job $p; $p")).BaseObject;
        string[] lines = [.. worker.Information.Select(record => ((HostInformationMessage)record.MessageData).Message).Order()];
        Assert.Equal(["to stderr", "to stdout", "to the host"], lines);
    }

    [Theory]
    [InlineData("exit 3", 3, JobState.Completed)]
    [InlineData("exit", 0, JobState.Completed)]
    [InlineData("& { exit 4 }", 4, JobState.Completed)]
    [InlineData("[Environment]::Exit(5)", 5, JobState.Completed)]
    [InlineData("throw 'no'", 1, JobState.Failed)]
    [InlineData("return 6", 0, JobState.Completed)]
    [InlineData("$x = 1", 0, JobState.Completed)]
    public void Exit_codes_are_those_of_the_script(string script, int exitCode, JobState state)
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run($"Start-WorkerProcess {{ {script} }} | Wait-Job")).BaseObject;
        Assert.Equal(exitCode, worker.ExitCode);
        Assert.Equal(state, worker.JobStateInfo.State);
    }

    [Fact]
    public void An_uncaught_error_is_one_error_with_its_id_and_position()
    {
        ShellResult result = _shell.TryRun("Start-WorkerProcess {\n  'before'\n  throw [InvalidOperationException]::new('bad')\n} | Receive-Job -Wait");
        Assert.Equal("before", Assert.Single(result.Output).BaseObject);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.IsType<InvalidOperationException>(error.Exception);
        Assert.Equal(3, error.InvocationInfo.ScriptLineNumber);
        Assert.Contains("line 3", error.ScriptStackTrace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[IO.File]::ReadAllText('/no/such/file')", "[System.IO.DirectoryNotFoundException]")]
    [InlineData("throw [IO.FileNotFoundException]::new('x')", "[System.IO.FileNotFoundException]")]
    [InlineData("throw [ArgumentNullException]::new('p')", "[System.ArgumentNullException]")]
    [InlineData("[int]::Parse('x')", "[System.FormatException]")]
    [InlineData("1 / 0", "[System.DivideByZeroException]")]
    [InlineData("No-SuchCommandAnywhere", "[System.Management.Automation.CommandNotFoundException]")]
    public void A_typed_catch_in_the_caller_catches_a_workers_error(string script, string type)
    {
        PSObject result = Assert.Single(_shell.Run(
            $"try {{ Start-WorkerProcess {{ $ErrorActionPreference = 'Stop'; {script} }} | Receive-Job -Wait -ErrorAction Stop }} catch {type} {{ 'caught' }}"));
        Assert.Equal("caught", result.BaseObject);
    }

    [Fact]
    public void An_exception_of_a_type_not_on_the_list_names_it()
    {
        ShellResult result = _shell.TryRun("Start-WorkerProcess { class MyOwnError : Exception { MyOwnError($m) : base($m) { } }; throw [MyOwnError]::new('mine') } | Receive-Job -Wait");
        RemoteWorkerException exception = Assert.IsType<RemoteWorkerException>(Assert.Single(result.Errors).Exception);
        Assert.Contains("MyOwnError", exception.RemoteTypeName, StringComparison.Ordinal);
        Assert.Contains("mine", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_that_cannot_travel_is_an_error_and_the_rest_goes_on()
    {
        ShellResult result = _shell.TryRun("Start-WorkerProcess { 1; [Action]{ }; 2 } | Receive-Job -Wait");
        Assert.Equal([1, 2], result.Output.Select(item => item.BaseObject));
        Assert.StartsWith("NotSerializable", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$Host.UI.ReadLine()")]
    [InlineData("$Host.UI.PromptForChoice('a', 'b', [Management.Automation.Host.ChoiceDescription[]]@('&Yes'), 0)")]
    [InlineData("$Host.UI.ReadLineAsSecureString()")]
    [InlineData("$Host.UI.PromptForCredential('a', 'b', 'c', 'd')")]
    public void A_prompt_is_a_clear_error_and_never_a_hang(string script)
    {
        ErrorRecord error = Assert.Single(_shell.TryRun($"Start-WorkerProcess {{ {script} }} | Receive-Job -Wait").Errors);
        Assert.Contains("keyboard", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mandatory_parameter_that_is_missing_is_an_error_and_never_a_prompt()
    {
        ErrorRecord error = Assert.Single(_shell.TryRun("Start-WorkerProcess { param([Parameter(Mandatory)] $x) $x } | Receive-Job -Wait").Errors);
        Assert.NotNull(error.Exception);
    }
}

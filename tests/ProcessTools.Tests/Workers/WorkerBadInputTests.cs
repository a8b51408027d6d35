using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>Bad input is a typed error before any process starts.</summary>
[Collection(nameof(StandbyCollection))]
public sealed class WorkerBadInputTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("Start-WorkerProcess -ScriptBlock $null", "ParameterArgumentValidationErrorNullNotAllowed")]
    [InlineData("Start-WorkerProcess { $using:noSuchVariable }", "UsingVariableNotFound")]
    [InlineData("Start-WorkerProcess { 1 } -WorkingDirectory /no/such/folder", "WorkingDirectoryNotFound")]
    [InlineData("$c = @{}; $c.self = $c; Start-WorkerProcess { 1 } -ArgumentList $c", "NotSerializable")]
    [InlineData("$d = [Action]{ }; Start-WorkerProcess { 1 } -ArgumentList $d", "NotSerializable")]
    [InlineData("$d = [Action]{ }; Start-WorkerProcess { $using:d }", "NotSerializable")]
    [InlineData("Start-WorkerProcess { 1 } -Function No-SuchFunction", "FunctionNotFound")]
    [InlineData("Start-WorkerProcess { 1 } -Variable noSuchVariable", "VariableNotFound")]
    [InlineData("Start-WorkerProcess { 1 } -Module ./no/such/module.psm1", "ModuleNotFound")]
    [InlineData("Start-WorkerProcess { 1 } -TimeoutSeconds -1", "ParameterArgumentTransformationError")]
    [InlineData("Start-WorkerProcess { 1 } -TimeoutSeconds soon", "ParameterArgumentTransformationError")]
    [InlineData("Start-WorkerProcess { 1 } -Environment @{ 'a=b' = 1 }", "InvalidArgument")]
    [InlineData("Start-WorkerProcess -FilePath no-such-program", "ProgramNotFound")]
    [InlineData("Start-WorkerProcess -FilePath /no/such/program", "ProgramNotFound")]
    [InlineData("Start-WorkerProcess -FilePath /etc/passwd", "ProgramNotFound")]
    [InlineData("Start-WorkerProcess -FilePath ./no-such-script.ps1", "ProgramNotFound")]
    [InlineData("Start-WorkerProcess -FilePath sh -WorkingDirectory /no/such/folder", "WorkingDirectoryNotFound")]
    [InlineData("Start-WorkerProcess -FilePath sh -Encoding no-such-encoding", "ParameterArgumentTransformationError")]
    public void It_is_refused_with_its_own_id_and_nothing_starts(string script, string errorId)
    {
        int[] before = Processes.Children(Environment.ProcessId);
        ErrorRecord error = Assert.Single(_shell.TryRun(script).Errors);
        Assert.StartsWith(errorId + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotEqual(ErrorCategory.NotSpecified, error.CategoryInfo.Category);
        Assert.Empty(_shell.Run("Get-Job"));
        Assert.Empty(Processes.Children(Environment.ProcessId).Except(before));
    }

    [Fact]
    public void A_script_that_does_not_parse_in_the_worker_is_a_typed_error()
    {
        // A base class that only the caller can see.
        ErrorRecord error = Assert.Single(_shell.TryRun("class Seen { }\nStart-WorkerProcess { class Child : Seen { }; 1 } -NoImport | Receive-Job -Wait").Errors);
        Assert.Contains("Seen", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_initialization_script_that_throws_fails_the_worker_with_that_error()
    {
        ShellResult result = _shell.TryRun("$p = Start-WorkerProcess { 'never' } -InitializationScript { throw 'not ready' }; $p | Receive-Job -Wait; $p.JobStateInfo.State");
        Assert.Equal("not ready", Assert.Single(result.Errors).Exception.Message);
        Assert.Equal(JobState.Failed, Assert.Single(result.Output).BaseObject);
    }

    [Fact]
    public void A_module_that_does_not_exist_fails_the_worker_with_that_error()
    {
        ErrorRecord error = Assert.Single(_shell.TryRun("Start-WorkerProcess { 'never' } -Module NoSuchModuleAnywhere | Receive-Job -Wait").Errors);
        Assert.Contains("NoSuchModuleAnywhere", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Closing_a_running_worker_is_refused()
    {
        WorkerProcess worker = (WorkerProcess)_shell.Run("Start-WorkerProcess { Start-Sleep 600 }")[0].BaseObject;
        Assert.Equal("WorkerStillRunning", Assert.Throws<WorkerStillRunningException>(worker.Close).ErrorId);
        worker.Kill();
        Assert.True(worker.Join(5));
        worker.Close();
        worker.Close();
    }
}

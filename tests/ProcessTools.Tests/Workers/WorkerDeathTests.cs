using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Workers;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>Ends that nobody asked for, ends that were asked for, and what is left behind: nothing.</summary>
[Collection(nameof(StandbyCollection))]
[Trait("Platform", "portable")]
public sealed class WorkerDeathTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void A_killed_worker_is_reported_within_half_a_second_with_its_signal()
    {
        WorkerProcess worker = Start("'alive'; while ($true) { Start-Sleep -Milliseconds 10 }");
        Until.True(() => worker.Output.Count == 1, "it runs");
        Stopwatch clock = Stopwatch.StartNew();
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.True(worker.Join(5));
        Assert.True(clock.ElapsedMilliseconds < 500, $"It took {clock.ElapsedMilliseconds} ms.");
        Assert.Equal(JobState.Failed, worker.JobStateInfo.State);
        Assert.Equal(-9, worker.ExitCode);
        ErrorRecord error = Assert.Single(worker.Error);
        Assert.Equal("WorkerCrashed", error.FullyQualifiedErrorId);
        Assert.Equal(-9, Assert.IsType<WorkerCrashedException>(error.Exception).ExitCode);
        Assert.Equal("alive", Assert.Single(worker.Output).BaseObject);
        AssertGone(worker);
    }

    [Fact]
    public void A_crash_of_the_runtime_carries_the_end_of_standard_error()
    {
        WorkerProcess worker = Start("[Environment]::FailFast('deliberate end')");
        Assert.True(worker.Join(30));
        WorkerCrashedException crash = Assert.IsType<WorkerCrashedException>(Assert.Single(worker.Error).Exception);
        Assert.Equal(-6, crash.ExitCode);
        Assert.Contains("deliberate end", crash.StandardErrorTail, StringComparison.Ordinal);
        Assert.Contains("deliberate end", crash.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_ended_by_sigterm_runs_its_finally_blocks_and_shows_the_signal()
    {
        string file = Path.GetTempFileName();
        try
        {
            WorkerProcess worker = Start($"'up'; try {{ while ($true) {{ Start-Sleep -Milliseconds 10 }} }} finally {{ [IO.File]::WriteAllText('{file}', 'cleaned') }}");
            Until.True(() => worker.Output.Count == 1, "it runs");
            Processes.Signal(worker.ProcessId!.Value, Processes.Terminate);
            Assert.True(worker.Join(5));
            Until.True(() => !Processes.Exists(worker.ProcessId!.Value), "the process is gone");
            Assert.Equal("cleaned", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Stopping_asks_first_so_that_finally_blocks_run()
    {
        string file = Path.GetTempFileName();
        try
        {
            WorkerProcess worker = Start($"'up'; try {{ while ($true) {{ Start-Sleep -Milliseconds 10 }} }} finally {{ [IO.File]::WriteAllText('{file}', 'cleaned') }}");
            Until.True(() => worker.Output.Count == 1, "it runs");
            _shell.Run("param($w) Stop-Job $w", worker);
            Assert.Equal(JobState.Stopped, worker.JobStateInfo.State);
            Assert.Empty(worker.Error);
            Assert.Equal("cleaned", File.ReadAllText(file));
            AssertGone(worker);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_worker_that_does_not_stop_is_killed_after_its_grace_time()
    {
        WorkerProcess worker = Start("'up'; [Threading.Thread]::Sleep(600000)", "-GraceSeconds 0.3");
        Until.True(() => worker.Output.Count == 1, "it runs");
        Stopwatch clock = Stopwatch.StartNew();
        worker.Terminate();
        Assert.True(clock.Elapsed.TotalSeconds < 5, $"It took {clock.Elapsed}.");
        Assert.Equal(JobState.Stopped, worker.JobStateInfo.State);
        Assert.Equal(-9, worker.ExitCode);
        AssertGone(worker);
    }

    [Fact]
    public void Killing_a_worker_takes_what_it_started_along()
    {
        WorkerProcess worker = Start("$c = [Diagnostics.Process]::Start('sleep', '600'); $c.Id; [Diagnostics.Process]::Start('setsid', 'sleep 601'); [Threading.Thread]::Sleep(600000)");
        Until.True(() => worker.Output.Count >= 2, "it has started its children");
        int child = (int)worker.Output[0].BaseObject;
        Assert.True(Processes.IsRunning(child));
        worker.Kill();
        Assert.True(worker.Join(5));
        Until.True(() => !Processes.IsRunning(child), "the child is gone");
        AssertGone(worker);
    }

    [Fact]
    public void A_time_limit_ends_the_worker_with_its_own_error()
    {
        WorkerProcess worker = Start("'up'; [Threading.Thread]::Sleep(600000)", "-TimeoutSeconds 1.5 -GraceSeconds 0.2");
        Assert.True(worker.Join(30));
        Assert.Equal(JobState.Failed, worker.JobStateInfo.State);
        Assert.Equal("WorkerTimeout", Assert.Single(worker.Error).FullyQualifiedErrorId);
        AssertGone(worker);
    }

    [Fact]
    public void A_frozen_worker_is_only_delayed()
    {
        WorkerProcess worker = Start("foreach ($n in 1..200) { $n; Start-Sleep -Milliseconds 1 }");
        Until.True(() => worker.Output.Count > 5, "it runs");
        Processes.Freeze(worker.ProcessId!.Value);
        Assert.False(worker.Join(0.5));
        Processes.Resume(worker.ProcessId!.Value);
        Assert.True(worker.Join(30));
        Assert.Equal(Enumerable.Range(1, 200), worker.Output.Select(item => (int)item.BaseObject));
    }

    [Fact]
    public void A_frozen_worker_can_be_stopped()
    {
        WorkerProcess worker = Start("'up'; while ($true) { Start-Sleep -Milliseconds 10 }", "-GraceSeconds 0.2");
        Until.True(() => worker.Output.Count == 1, "it runs");
        Processes.Freeze(worker.ProcessId!.Value);
        worker.Terminate();
        Assert.Equal(JobState.Stopped, worker.JobStateInfo.State);
        AssertGone(worker);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(400)]
    public void A_worker_killed_at_any_moment_of_its_boot_is_a_typed_error_and_leaves_nothing(int milliseconds)
    {
        WorkerProcess worker = Start("while ($true) { 'x' * 100000 }");
        Stopwatch clock = Stopwatch.StartNew();
        SpinWait.SpinUntil(() => clock.ElapsedMilliseconds >= milliseconds);
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.True(worker.Join(5));
        Assert.Equal(JobState.Failed, worker.JobStateInfo.State);
        Assert.Equal("WorkerCrashed", Assert.Single(worker.Error).FullyQualifiedErrorId);
        AssertGone(worker);
    }

    [Fact]
    public void A_worker_that_does_not_come_up_is_killed_after_the_boot_timeout()
    {
        Environment.SetEnvironmentVariable(WorkerSettings.BootTimeoutVariable, "0.5");
        try
        {
            WorkerProcess worker = Start("1");
            Processes.Freeze(worker.ProcessId!.Value);
            Assert.True(worker.Join(10));
            Assert.Equal("WorkerStartFailed", Assert.Single(worker.Error).FullyQualifiedErrorId);
            AssertGone(worker);
        }
        finally
        {
            Environment.SetEnvironmentVariable(WorkerSettings.BootTimeoutVariable, null);
        }
    }

    [Fact]
    public void Removing_a_running_worker_by_force_ends_it()
    {
        WorkerProcess worker = Start("[Threading.Thread]::Sleep(600000)", "-GraceSeconds 0.2");
        int id = worker.ProcessId!.Value;
        _shell.Run("param($w) Remove-Job $w -Force; @(Get-Job).Count", worker);
        Until.True(() => !Processes.Exists(id), "the process is gone");
    }

    [Fact]
    public void A_pipeline_that_ends_early_leaves_no_worker()
    {
        int before = Processes.Children(Environment.ProcessId).Length;
        _shell.TryRun("& { 1; throw 'upstream' } | Start-WorkerProcess { [Threading.Thread]::Sleep(600000) }");
        Assert.Empty(_shell.Run("Get-Job"));
        Until.True(() => Processes.Children(Environment.ProcessId).Length <= before, "the worker is gone");
    }

    private static void AssertGone(WorkerProcess worker) =>
        Until.True(() => !Processes.Exists(worker.ProcessId!.Value), "the process is gone, and no zombie");

    private WorkerProcess Start(string script, string parameters = "") =>
        (WorkerProcess)Assert.Single(_shell.Run($"Start-WorkerProcess {{ {script} }} {parameters}")).BaseObject;
}

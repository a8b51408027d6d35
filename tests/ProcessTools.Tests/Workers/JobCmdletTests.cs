using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>PowerShell's own job commands on workers, alone and many at a time.</summary>
public sealed class JobCmdletTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Get_job_finds_workers_by_name_id_and_state()
    {
        Assert.Equal("3", Assert.Single(_shell.Run(
            "$p = Start-WorkerProcess { Start-Sleep 600 } -Name findme; $null = Start-WorkerProcess { 1 } | Wait-Job;"
            + "while ($p.JobStateInfo.State -ne 'Running') { Start-Sleep -Milliseconds 5 }"
            + "\"$(@(Get-Job -Name findme).Count + @(Get-Job -Id $p.Id).Count + @(Get-Job -State Running).Count)\"")).BaseObject);
    }

    [Fact]
    public void Wait_job_returns_the_first_of_several()
    {
        Assert.Equal("fast", Assert.Single(_shell.Run(
            "$s = Start-WorkerProcess { Start-Sleep 600 } -Name slow; $f = Start-WorkerProcess { 1 } -Name fast; (Wait-Job $s, $f -Any).Name")).BaseObject);
    }

    [Fact]
    public void Wait_job_gives_up_after_its_timeout()
    {
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Empty(_shell.Run("Start-WorkerProcess { Start-Sleep 600 } | Wait-Job -Timeout 1"));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 20);
    }

    [Fact]
    public void Receive_job_takes_output_once_unless_told_to_keep_it()
    {
        Assert.Equal("2 2 0", Assert.Single(_shell.Run(
            "$p = Start-WorkerProcess { 1; 2 } | Wait-Job; \"$(@(Receive-Job $p -Keep).Count) $(@(Receive-Job $p).Count) $(@(Receive-Job $p).Count)\"")).BaseObject);
    }

    [Fact]
    public void Stop_job_stops_many_at_the_same_time()
    {
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal("Stopped", Assert.Single(_shell.Run(
            "$w = foreach ($i in 1..4) { Start-WorkerProcess { 'up'; [Threading.Thread]::Sleep(600000) } -GraceSeconds 1 };"
            + "foreach ($p in $w) { while ($p.Output.Count -eq 0) { Start-Sleep -Milliseconds 5 } }"
            + "$clock = [Diagnostics.Stopwatch]::StartNew(); Stop-Job $w; if ($clock.Elapsed.TotalSeconds -gt 3.5) { throw \"one after another: $($clock.Elapsed)\" }"
            + "$states = foreach ($p in $w) { $p.JobStateInfo.State }; \"$($states[0])\"")).BaseObject);
        Assert.True(clock.Elapsed.TotalSeconds < 60);
    }

    [Fact]
    public void Remove_job_takes_ended_workers_off_the_list()
    {
        Assert.Empty(_shell.Run("$w = 1..3 | Start-WorkerProcess { $input } | Wait-Job; Remove-Job $w; Get-Job"));
    }

    [Fact]
    public void Receive_job_with_auto_remove_leaves_nothing()
    {
        Assert.Equal([1], _shell.Run("Start-WorkerProcess { 1 } | Receive-Job -Wait -AutoRemoveJob; Get-Job").Select(item => item.BaseObject));
    }

    [Fact]
    public void Ctrl_c_ends_a_waiting_receive_at_once_and_the_worker_goes_on()
    {
        _shell.Run("$global:p = Start-WorkerProcess { 'up'; Start-Sleep 600 }");
        using PowerShell shell = PowerShell.Create(_shell.Runspace);
        PSDataCollection<PSObject> output = [];
        IAsyncResult call = shell.AddScript("Receive-Job $p -Wait").BeginInvoke<PSObject, PSObject>(null, output);
        Until.True(() => output.Count == 1, "it waits");
        Stopwatch clock = Stopwatch.StartNew();
        shell.Stop();
        Assert.True(clock.ElapsedMilliseconds < 1000, $"It took {clock.ElapsedMilliseconds} ms.");
        Assert.True(call.IsCompleted);
        Assert.True((bool)_shell.Run("$p.IsAlive")[0].BaseObject);
    }

    [Fact]
    public void Suspending_is_refused_with_an_error_that_says_what_to_do()
    {
        ErrorRecord error = Assert.Single(_shell.TryRun("$p = Start-WorkerProcess { Start-Sleep 600 }; $p.SuspendJob()").Errors);
        Assert.IsType<WorkerStateException>(error.Exception.InnerException);
    }
}

using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Invoke-ProcessPool that is stopped from without or within; the next call works and nothing is left at work.</summary>
public sealed class InvokePoolStopTests(PoolSession session) : PoolTest(session)
{
    private const string Endless = "while ($true) { Start-Sleep -Milliseconds 10 }";

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // After each test: nothing is at work any more, and the pool works.
            Until.True(() => Pool.Statistics is { Busy: 0, Queued: 0 }, "nothing is left at work", 30);
            Assert.Equal(["1", "2"], All("1, 2 | Invoke-ProcessPool { \"$_\" } -Pool $pool"));
        }

        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(Endless)]
    [InlineData("[Threading.Thread]::Sleep(-1)")]
    public void Ctrl_c_stops_running_items_at_once(string work)
    {
        ProcessQueue up = NewQueue();
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        shell.AddScript($"param($up) 1..1000 | Invoke-ProcessPool {{ ($using:up).Put($PID); {work} }} -Pool $pool").AddArgument(up);
        IAsyncResult call = shell.BeginInvoke();
        up.Get(60);
        Background<bool> stop = Background.Run(shell.Stop);
        Assert.True(stop.EndsWithin(5), "Ctrl+C takes too long.");
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(call));
    }

    [Fact]
    public void Ctrl_c_runs_the_finally_blocks_of_running_items()
    {
        ProcessQueue up = NewQueue();
        ProcessQueue cleaned = NewQueue();
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        shell.AddScript($"param($up, $cleaned) 1 | Invoke-ProcessPool {{ try {{ ($using:up).Put($PID); {Endless} }} finally {{ ($using:cleaned).Put('cleaned') }} }} -Pool $pool").AddArgument(up).AddArgument(cleaned);
        IAsyncResult call = shell.BeginInvoke();
        up.Get(60);
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(call));
        Assert.Equal("cleaned", cleaned.Get(30));
    }

    [Fact]
    public void Ctrl_c_ends_a_command_that_waits_for_input_room_or_workers()
    {
        ProcessQueue up = NewQueue();
        foreach (string script in new[]
        {
            $"& {{ $up.Put(1); while ($true) {{ 1 }} }} | Invoke-ProcessPool {{ {Endless} }} -Pool $pool",
            $"$up.Put(1); 1..10 | Invoke-ProcessPool {{ {Endless} }} | Invoke-ProcessPool {{ $_ }} -Pool $pool",
            $"$up.Put(1); 1..10 | Invoke-ProcessPool {{ $_ }} -MaxTasksPerWorker 1",
        })
        {
            using PowerShell shell = PowerShell.Create(Shell.Runspace);
            shell.AddScript($"param($up) {script}").AddArgument(up);
            IAsyncResult call = shell.BeginInvoke();
            up.Get(60);
            Background<bool> stop = Background.Run(shell.Stop);
            Assert.True(stop.EndsWithin(5), "Ctrl+C takes too long.");
            Assert.ThrowsAny<Exception>(() => shell.EndInvoke(call));
        }
    }

    [Fact]
    public void Ten_stops_one_after_another_leave_the_session_usable()
    {
        ProcessQueue up = NewQueue();
        for (int round = 0; round < 10; round++)
        {
            using PowerShell shell = PowerShell.Create(Shell.Runspace);
            shell.AddScript("param($up) 1..100000 | Invoke-ProcessPool { $_ } -Pool $pool | ForEach-Object { if ($_ -eq 200) { $up.Put(1) }; $_ }").AddArgument(up);
            IAsyncResult call = shell.BeginInvoke();
            up.Get(60);
            Background<bool> stop = Background.Run(shell.Stop);
            Assert.True(stop.EndsWithin(5), "Ctrl+C takes too long.");
            try
            {
                shell.EndInvoke(call);
            }
            catch (PipelineStoppedException)
            {
            }

            Assert.Equal([1, 2, 3], All("1..3 | Invoke-ProcessPool { $_ } -Pool $pool"));
        }
    }

    [Fact]
    public void A_consumer_that_has_enough_stops_the_running_items()
    {
        // Once the first three are through, each item would run for ever.
        ProcessQueue through = NewQueue();
        Assert.Equal(
            [1, 2, 3, "next"],
            All(
                $$"""
                param($through)
                $n = 0
                do {
                    1..1000 | Invoke-ProcessPool { if ($_ -le 3) { $_; ($using:through).Put($_) } elseif (($using:through).Count -eq 3) { {{Endless}} } } -Pool $pool -ChunkSize 1 | ForEach-Object { $_; if (++$n -eq 3) { break } }
                } while ($false)
                'next'
                """,
                through));
    }

    [Fact]
    public void A_consumer_that_throws_stops_the_pool_too()
    {
        ShellResult result = Shell.TryRun("while ($true) { 1..1000 | Invoke-ProcessPool { $_ } -Pool $pool | ForEach-Object { throw 'downstream' } }");
        Assert.Equal("downstream", IdOf(Assert.Single(result.Errors)));
    }

    [Fact]
    public void An_input_that_throws_ends_the_command_with_its_error()
    {
        ShellResult result = Shell.TryRun("& { 1; 2; throw 'from the input' } | Invoke-ProcessPool { $_ } -Pool $pool");
        Assert.Equal("from the input", IdOf(Assert.Single(result.Errors)));
    }

    [Theory]
    [InlineData("-ErrorAction Stop", "")]
    [InlineData("", "$ErrorActionPreference = 'Stop';")]
    public void With_error_action_stop_the_first_error_stops_everything(string parameter, string preference)
    {
        ProcessQueue ran = NewQueue();
        ShellResult result = Shell.TryRun($"param($ran) & {{ {preference} 1..1000 | Invoke-ProcessPool {{ ($using:ran).Put($_); if ($_ -eq 2) {{ throw 'bad' }}; if ($_ -gt 2) {{ {Endless} }}; $_ }} -ChunkSize 1 -Pool $pool {parameter} }}; 'not reached'", ran);
        Assert.Equal("bad", IdOf(Assert.Single(result.Errors)));
        Assert.Equal([1], Bare(result.Output));
        Assert.InRange(ran.Count, 2, 10);
        Assert.Equal("caught no 2", One("try { 1..3 | Invoke-ProcessPool { if ($_ -eq 2) { throw [IO.FileNotFoundException]::new(\"no $_\") } } -Pool $pool -ErrorAction Stop } catch [System.IO.FileNotFoundException] { \"caught $_\" }"));
    }

    [Fact]
    public void A_full_downstream_and_an_endless_input_stop_with_the_pipeline()
    {
        Assert.Equal(
            [2, 4, 6, 8, 10],
            All("$n = 0; :out do { & { $i = 0; while ($true) { (++$i) } } | Invoke-ProcessPool { $_ * 2 } -Pool $pool | Invoke-ProcessPool { $_ } -Pool $pool | ForEach-Object { $_; if (++$n -eq 5) { break out } } } while ($false)"));
    }

    [Fact]
    public void A_stopped_job_stops_its_items()
    {
        ProcessQueue up = NewQueue();
        Assert.Equal("Stopped", One($"param($up) $job = 1..10 | Invoke-ProcessPool {{ ($using:up).Put(1); {Endless} }} -Pool $pool -AsJob; $null = $up.Get(60); Stop-Job $job; \"$($job.State)\"; Remove-Job $job", up));
    }
}

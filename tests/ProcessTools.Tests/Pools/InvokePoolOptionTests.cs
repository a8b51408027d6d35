using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Invoke-ProcessPool: callbacks, time limits, retries, halting, jobs, and how many items run at once.</summary>
public sealed class InvokePoolOptionTests(PoolSession session) : PoolTest(session)
{
    [Fact]
    public void Callbacks_run_in_the_session_and_leave_the_output_as_it_is()
    {
        ShellResult result = Shell.TryRun(
            """
            $said = [Collections.Generic.List[object]]::new()
            1..3 | Invoke-ProcessPool { if ($_ -eq 2) { throw "no $_" }; $_ * 10; if ($_ -eq 3) { 31 } } -Callback { param($out, $item) $said.Add("$out|$_|$item"); 'dropped' } -ErrorCallback { param($e, $item) $said.Add("$($e.Exception.Message)|$($_.Exception.Message)|$item"); 'dropped' } -Pool $pool
            $said
            """);
        Assert.Equal([10, 30, 31, "10|10|1", "no 2|no 2|2", "30 31|30 31|3"], Bare(result.Output));
        Assert.Equal("no 2", Assert.Single(result.Errors).Exception.Message);
    }

    [Fact]
    public void A_log_has_a_line_for_each_item_and_the_next_run_goes_on_from_it()
    {
        string log = Path.Combine(NewFolder().Path, "job.log");
        ShellResult first = Shell.TryRun("param($log) 1..4 | Invoke-ProcessPool { if ($_ -eq 2) { throw 'bad' }; $_ } -JobLog $log -Pool $pool", log);
        Assert.Equal([1, 3, 4], Bare(first.Output));
        string[] lines = File.ReadAllLines(log);
        Assert.Equal("Seq\tWorker\tStartTime\tSeconds\tExit\tInput", lines[0]);
        string[][] cells = [.. lines.Skip(1).Select(line => line.Split('\t'))];
        Assert.Equal(["1 0 1", "2 1 2", "3 0 3", "4 0 4"], cells.Select(line => $"{line[0]} {line[4]} {line[5]}"));
        Assert.All(cells, line => Assert.Contains(int.Parse(line[1], System.Globalization.CultureInfo.InvariantCulture), Pool.Workers.Select(worker => worker.ProcessId)));
        Assert.Equal(["did 5", "did 6"], All("param($log) 1..6 | Invoke-ProcessPool { \"did $_\" } -JobLog $log -Resume -Pool $pool", log));
        Assert.Equal(7, File.ReadAllLines(log).Length);
        Assert.Equal("JobLogMismatch", IdOf(ErrorOf("param($log) 9 | Invoke-ProcessPool { $_ } -JobLog $log -Resume -Pool $pool", log)));
        Assert.Equal("ResumeWithoutJobLog", IdOf(ErrorOf("1 | Invoke-ProcessPool { $_ } -Resume -Pool $pool")));
    }

    [Fact]
    public void Long_work_has_a_progress_bar_with_the_rate_and_the_time_left()
    {
        const string Work = "1..4 | Invoke-ProcessPool { Start-Sleep -Milliseconds 600; $_ } -ThrottleLimit 1 -Pool $pool";
        ShellResult result = Shell.TryRun(Work);
        Assert.Equal([1, 2, 3, 4], Bare(result.Output));
        ProgressRecord[] bar = [.. result.Streams.Progress.Where(record => record.Activity == "Invoke-ProcessPool")];
        ProgressRecord known = Assert.IsType<ProgressRecord>(bar.Last(record => record.RecordType == ProgressRecordType.Processing && record.PercentComplete > 0));
        Assert.Contains(" of 4 done", known.StatusDescription, StringComparison.Ordinal);
        Assert.Matches("/(s|min)", known.StatusDescription);
        Assert.InRange(known.SecondsRemaining, 0, 60);
        Assert.Equal(ProgressRecordType.Completed, bar[^1].RecordType);
        Assert.Empty(Shell.TryRun(Work + " -NoProgress").Streams.Progress);
    }

    [Fact]
    public void A_using_value_is_sent_once_to_each_worker()
    {
        int reads = (int)One(
            """
            $global:reads = 0
            $value = [psobject]::new()
            $value.psobject.Properties.Add([Management.Automation.PSScriptProperty]::new('P', { $global:reads++; 'read' }))
            $said = 1..500 | Invoke-ProcessPool { ($using:value).P } -ChunkSize 1 -Pool $pool
            if ($said.Count -ne 500 -or $said[499] -ne 'read') { throw "$said" }
            $global:reads
            """)!;

        // Once to see that it can travel, and then for each of the two.
        Assert.InRange(reads, 2, 3);
    }

    [Fact]
    public void A_script_is_compiled_once_in_a_worker()
    {
        // Its scope is made with it, and lives as long.
        Assert.Equal([1, 2, 3], All("param($p) foreach ($i in 1..3) { 1 | Invoke-ProcessPool { (++$script:calls) } -Pool $p }", NewPool("-Size 1")));
    }

    [Fact]
    public void A_callback_that_throws_is_an_error_and_the_items_go_on()
    {
        ShellResult result = Shell.TryRun("1..3 | Invoke-ProcessPool { $_ } -Callback { if ($_ -eq 2) { throw 'in callback' } } -Pool $pool");
        Assert.Equal([1, 2, 3], Bare(result.Output));
        Assert.Contains("in callback", Assert.Single(result.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("while ($true) { Start-Sleep -Milliseconds 10 }")]
    [InlineData("[Threading.Thread]::Sleep(-1)")]
    public void An_item_over_its_time_fails_alone_and_its_worker_is_replaced(string work)
    {
        ProcessPool pool = NewPool("-Size 2 -GraceSeconds 0.2");
        ProcessQueue ids = NewQueue();
        AwaitWarm(pool);
        ShellResult result = Shell.TryRun($"param($p, $ids) 1..6 | Invoke-ProcessPool {{ if ($_ -eq 2) {{ ($using:ids).Put($PID); {work} }}; $_ }} -TimeoutSeconds 2 -Pool $p", pool, ids);
        Assert.Equal([1, 3, 4, 5, 6], Bare(result.Output));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("TaskTimeout", IdOf(error));
        Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Equal(2, Note(error, "Item"));
        Assert.Contains("2 seconds", error.Exception.Message, StringComparison.Ordinal);
        AwaitGone((int)ids.Get(0)!);
        Assert.Equal(1, pool.Statistics.TimedOut);
        Assert.Equal(0, pool.Statistics.Crashed);
        Assert.Equal(1, pool.Statistics.WorkersRecycled);
    }

    [Fact]
    public void The_time_limit_counts_from_the_start_of_an_item_not_from_its_turn()
    {
        ShellResult result = Shell.TryRun("1..8 | Invoke-ProcessPool { Start-Sleep -Milliseconds 250; $_ } -TimeoutSeconds 1.9 -ThrottleLimit 1 -ChunkSize 8 -Pool $pool");
        Assert.Empty(result.Errors);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Bare(result.Output));
    }

    [Fact]
    public void A_pools_own_limits_hold_for_its_tasks()
    {
        ProcessPool pool = NewPool("-Size 1 -TaskTimeoutSeconds 0.3 -RetryCount 1 -GraceSeconds 0.2");
        ProcessFuture future = pool.Submit(Script("while ($true) { Start-Sleep -Milliseconds 10 }"));
        Assert.True(future.Wait(60));
        Assert.Equal(ProcessTaskState.TimedOut, future.State);
        Assert.Equal("TaskTimeout", IdOf(future.Error));
        Assert.Equal(2, future.Attempts);
        Assert.Equal("caught", One("param($f) try { $f.Result } catch [ProcessTools.TaskTimeoutException] { 'caught' }", future));
        Assert.Equal("5", One("param($p) 5 | Invoke-ProcessPool { Start-Sleep -Milliseconds 600; \"$_\" } -TimeoutSeconds 60 -Pool $p", pool));
    }

    [Theory]
    [InlineData("throw 'bad'")]
    [InlineData("[Environment]::Exit(3)")]
    [InlineData("while ($true) { Start-Sleep -Milliseconds 10 }")]
    public void A_failed_item_is_tried_again_and_only_its_last_attempt_is_heard(string failure)
    {
        ProcessQueue attempts = NewQueue();
        ShellResult result = Shell.TryRun(
            $$"""
            param($q)
            1, 2 | Invoke-ProcessPool {
                [CmdletBinding()] param($n)
                if ($n -eq 1) { return 'one' }
                ($using:q).Put(1)
                "attempt $(($using:q).Count)"
                $PSCmdlet.WriteWarning("attempt $(($using:q).Count)")
                if (($using:q).Count -lt 3) { {{failure}} }
            } -RetryCount 2 -RetryDelaySeconds 0.01 -TimeoutSeconds 1.5 -Pool $pool
            """,
            attempts);
        Assert.Empty(result.Errors);
        Assert.Equal(["one", "attempt 3"], Bare(result.Output));
        Assert.Equal("attempt 3", Assert.Single(result.Streams.Warning).Message);
        Assert.Equal(3, attempts.Count);
    }

    [Fact]
    public void An_item_that_fails_every_time_is_one_error_after_all_attempts()
    {
        ProcessQueue attempts = NewQueue();
        PoolItemRecord record = Assert.IsType<PoolItemRecord>(One("param($q) 1 | Invoke-ProcessPool { ($using:q).Put(1); throw \"attempt $(($using:q).Count)\" } -RetryCount 3 -RetryDelaySeconds 0.01 -AsRecord -Pool $pool", attempts));
        Assert.Equal(4, attempts.Count);
        Assert.Equal(4, record.Attempts);
        Assert.Equal(ProcessTaskState.Failed, record.Status);
        Assert.Equal("attempt 4", record.Error!.Exception.Message);
        Assert.Single(record.Errors);
    }

    [Fact]
    public void Retries_wait_longer_each_time_and_hold_back_nobody()
    {
        ProcessQueue times = NewQueue();
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        ShellResult result = Shell.TryRun("param($q) 0..20 | Invoke-ProcessPool { if ($_ -eq 0) { ($using:q).Put([Diagnostics.Stopwatch]::GetTimestamp()); throw 'bad' }; $_ } -RetryCount 2 -RetryDelaySeconds 0.2 -Unordered -ThrottleLimit 1 -Pool $pool", times);
        Assert.True(clock.Elapsed.TotalSeconds < 10);
        Assert.Equal(Enumerable.Range(1, 20), Bare(result.Output).Cast<int>().Order());
        Assert.Equal("bad", IdOf(Assert.Single(result.Errors)));
        long[] at = [.. Enumerable.Range(0, 3).Select(_ => (long)times.Get(0)!)];
        double first = System.Diagnostics.Stopwatch.GetElapsedTime(at[0], at[1]).TotalSeconds;
        double second = System.Diagnostics.Stopwatch.GetElapsedTime(at[1], at[2]).TotalSeconds;
        Assert.InRange(first, 0.1, 2);
        Assert.InRange(second, 0.2, 4);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("3", 3)]
    [InlineData("100%", 3)]
    [InlineData("20%", 1)]
    public void So_many_failures_halt_the_command(string halt, int atLeast)
    {
        ProcessQueue ran = NewQueue();
        ShellResult result = Shell.TryRun("param($q, $halt) 1..500 | Invoke-ProcessPool { ($using:q).Put($_); throw \"bad $_\" } -Halt $halt -ChunkSize 1 -Pool $pool", ran, halt);
        Assert.Empty(result.Output);
        ErrorRecord last = result.Errors[^1];
        Assert.Equal("PoolHalted", IdOf(last));
        PoolHaltedException halted = Cause<PoolHaltedException>(last);
        Assert.True(halted.Failed >= atLeast, $"{halted.Failed} had failed.");
        Assert.Contains($"-Halt {halt}", last.Exception.Message, StringComparison.Ordinal);
        Assert.All(result.Errors.SkipLast(1), error => Assert.StartsWith("bad", error.Exception.Message, StringComparison.Ordinal));
        Assert.InRange(ran.Count, atLeast, 400);
    }

    [Fact]
    public void Fewer_failures_than_the_limit_do_not_halt()
    {
        ShellResult result = Shell.TryRun("1..40 | Invoke-ProcessPool { if ($_ % 10 -eq 0) { throw 'bad' }; $_ } -Halt 30% -Pool $pool; 1..40 | Invoke-ProcessPool { if ($_ % 10 -eq 0) { throw 'bad' }; $_ } -Halt 5 -Pool $pool; 'reached'");
        Assert.Equal(8, result.Errors.Count);
        Assert.Equal(73, result.Output.Count);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("101%")]
    [InlineData("0%")]
    [InlineData("often")]
    public void A_halt_that_makes_no_sense_is_refused(string halt)
    {
        ShellResult result = Shell.TryRun("param($halt) 1..3 | Invoke-ProcessPool { $_ } -Halt $halt -Pool $pool", halt);
        Assert.Empty(result.Output);
        Assert.Equal("HaltInvalid", IdOf(Assert.Single(result.Errors)));
    }

    [Fact]
    public void A_throttle_limit_bounds_how_many_items_run_at_once()
    {
        ProcessPool pool = NewPool("-Size 3");
        ProcessQueue running = NewQueue();
        Assert.All(All("param($p, $q) 1..30 | Invoke-ProcessPool { $q = $using:q; $q.Put(1); $q.Count; Start-Sleep -Milliseconds 1; $q.Count; $null = $q.Get(0) } -ThrottleLimit 1 -ChunkSize 1 -Pool $p", pool, running), count => Assert.Equal(1L, count));

        // Three that can only end when all three run.
        ProcessQueue up = NewQueue();
        ProcessQueue gate = NewQueue();
        Background<object?[]> command = Background.Run(() => All("param($p, $up, $gate) 1..3 | Invoke-ProcessPool { ($using:up).Put(1); $null = ($using:gate).Get(60); $_ } -ThrottleLimit 3 -Pool $p", pool, up, gate));
        for (int i = 0; i < 3; i++)
        {
            up.Get(60);
        }

        for (int i = 0; i < 3; i++)
        {
            gate.Put("go");
        }

        Assert.Equal([1, 2, 3], command.Result);
    }

    [Fact]
    public void The_sessions_own_pool_grows_for_a_higher_limit_and_is_listed_as_default()
    {
        ProcessQueue up = NewQueue();
        ProcessQueue gate = NewQueue();
        int many = Environment.ProcessorCount + 2;
        Background<object?[]> command = Background.Run(() => All("param($many, $up, $gate) 1..$many | Invoke-ProcessPool { ($using:up).Put(1); $null = ($using:gate).Get(60); $_ } -ThrottleLimit $many", many, up, gate));
        for (int i = 0; i < many; i++)
        {
            up.Get(60);
        }

        for (int i = 0; i < many; i++)
        {
            gate.Put("go");
        }

        Assert.Equal(many, command.Result.Length);
        Assert.Equal("Default", One("(Get-ProcessPool -Name Default).Name"));
    }

    [Fact]
    public void A_job_has_the_results_and_the_errors()
    {
        ShellResult result = Shell.TryRun(
            """
            $job = 1..4 | Invoke-ProcessPool { if ($_ -eq 2) { throw 'bad' }; $_ * 10 } -Pool $pool -AsJob -Name 'my job'
            $job.Name
            "$((Wait-Job $job).State)"
            Receive-Job $job
            Remove-Job $job
            """);
        Assert.Equal("my job", Bare(result.Output[0]));
        Assert.Equal([10, 30, 40], Bare(result.Output.Skip(2)));
        Assert.Equal("bad", IdOf(Assert.Single(result.Errors)));
        Assert.Contains(Bare(result.Output[1]), new[] { "Completed", "Failed" });
    }

    [Fact]
    public void A_job_comes_back_at_once_while_its_items_run()
    {
        ProcessQueue gate = NewQueue();
        Assert.Equal(
            ["Running", "<1>", "<2>"],
            All("param($gate) $job = 1, 2 | Invoke-ProcessPool { $null = ($using:gate).Get(60); \"<$_>\" } -Pool $pool -AsJob; \"$($job.State)\"; $gate.Put(1); $gate.Put(1); Receive-Job $job -Wait; Remove-Job $job", gate));
    }

    [Fact]
    public void A_command_with_a_limit_of_tasks_has_workers_of_its_own()
    {
        object?[] ids = All("1..6 | Invoke-ProcessPool { $PID } -MaxTasksPerWorker 3 -ThrottleLimit 1 -ChunkSize 1");
        Assert.Equal([3, 3], ids.GroupBy(id => id).Select(group => group.Count()));
        Assert.All(ids, id => AwaitGone((int)id!));
    }

    [Theory]
    [InlineData("-ChunkSize 0")]
    [InlineData("-ThrottleLimit 0")]
    [InlineData("-ThrottleLimit -1")]
    [InlineData("-RetryCount -1")]
    [InlineData("-TimeoutSeconds -2")]
    [InlineData("-MaxTasksPerWorker 0")]
    public void Parameters_that_make_no_sense_are_refused(string parameters)
    {
        ShellResult result = Shell.TryRun($"1..3 | Invoke-ProcessPool {{ $_ }} {parameters}");
        Assert.Empty(result.Output);
        Assert.NotEmpty(result.Errors);
    }
}

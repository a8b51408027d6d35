using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>The workers of a pool: how they are set up, reused, replaced and counted.</summary>
public sealed class PoolWorkerTests(PoolSession session) : PoolTest(session)
{
    [Fact]
    public void An_initialization_script_runs_once_in_each_worker_with_its_arguments()
    {
        ProcessQueue ran = NewQueue();
        ProcessPool pool = NewPool("-Size 2 -InitializationScript { param($ran, $n) $ran.Put($PID); $prepared = $n; function Get-Prepared { \"prepared $prepared\" } } -InitializationArgumentList $a, 5", ran);
        Assert.Equal(Enumerable.Repeat<object>("prepared 5", 20), All("param($p) 1..20 | Invoke-ProcessPool { Get-Prepared } -ChunkSize 1 -Pool $p", pool));
        Assert.Equal("prepared 5", pool.Apply(Script("Get-Prepared")) is { } result ? Bare(result) : null);

        // The second may come up only when the first has done everything.
        Until.True(() => ran.Count == 2, "each worker has run it");
        Assert.Equal(2, pool.Statistics.WorkersStarted);
        Assert.NotEqual(ran.Get(0), ran.Get(0));
    }

    [Fact]
    public void Modules_functions_variables_folder_and_environment_are_those_of_the_pool()
    {
        string folder = NewFolder().Path;
        string module = NewFolder().Write("Given.psm1", "function Get-Given { 'given' }");
        ProcessPool pool = (ProcessPool)One("param($m, $f) function Own { 'own' }; $mine = 'mine'; New-ProcessPool -Size 1 -Module $m -Function Own -Variable mine -WorkingDirectory $f -Environment @{ PT_POOL_TEST = 'set' } -Priority BelowNormal", module, folder)!;
        using (pool)
        {
            Assert.Equal(
                ["given", "own", "mine", folder, "set", "BelowNormal"],
                All("param($p) $p.Apply({ Get-Given; Own; $mine; [Environment]::CurrentDirectory; $env:PT_POOL_TEST; \"$([Diagnostics.Process]::GetCurrentProcess().PriorityClass)\" })", pool));
        }
    }

    [Theory]
    [InlineData("{ throw [IO.FileNotFoundException]::new('no configuration') }", "no configuration")]
    [InlineData("{ $ErrorActionPreference = 'Stop'; No-SuchCommandAnywhere }", "No-SuchCommandAnywhere")]
    [InlineData("{ [Environment]::Exit(3) }", "exit code 3")]
    public void An_initializer_that_fails_fails_the_tasks_with_its_error_and_starts_no_more_workers(string initializer, string text)
    {
        ProcessPool pool = NewPool($"-Size 2 -InitializationScript {initializer}");
        ProcessFuture[] futures = [.. Enumerable.Range(0, 10).Select(n => pool.Submit(Script("$_"), n))];
        foreach (ProcessFuture future in futures)
        {
            Assert.True(future.Wait(60));
            Assert.Equal(ProcessTaskState.Failed, future.State);
            Assert.Equal("PoolInitializationFailed", IdOf(future.Error));
            Assert.Contains(text, future.Error!.Exception.Message, StringComparison.Ordinal);
        }

        Until.True(() => pool.State == PoolState.Broken, "the pool is broken", 60);
        ErrorRecord error = ErrorOf("param($p) 1..5 | Invoke-ProcessPool { $_ } -Pool $p", pool);
        Assert.Equal("PoolInitializationFailed", IdOf(error));
        Assert.Contains(text, error.Exception.Message, StringComparison.Ordinal);
        ErrorRecord apply = ErrorOf("param($p) $p.Apply({ 1 })", pool);
        Assert.Equal("PoolInitializationFailed", IdOf(apply));
        Assert.InRange(pool.Statistics.WorkersStarted, 1, 6);
        Until.True(() => pool.Workers.Count == 0, "no worker is left", 30);
        pool.Close();
        Assert.True(pool.Join(30));
    }

    [Fact]
    public void Workers_are_replaced_after_so_many_tasks_also_with_a_backlog_and_after_close()
    {
        ProcessPool pool = NewPool("-Size 2 -MaxTasksPerWorker 3");
        ProcessFuture[] futures = [.. Enumerable.Range(0, 12).Select(_ => pool.Submit(Script("$PID")))];
        pool.Close();
        Assert.True(pool.Join(60));
        Assert.All(futures, future => Assert.Equal(ProcessTaskState.Completed, future.State));
        Assert.All(futures.GroupBy(future => Bare(future.Result)), worker => Assert.InRange(worker.Count(), 1, 3));
        Assert.InRange(futures.Select(future => future.Worker).Distinct().Count(), 4, 12);
        Assert.True(pool.Statistics.WorkersRecycled >= 2);
        Assert.Equal(0, pool.Statistics.WorkersLost);
        Assert.All(futures, future => AwaitGone(future.Worker!.Value));
    }

    [Fact]
    public void Items_in_chunks_count_one_by_one()
    {
        ProcessPool pool = NewPool("-Size 1 -MaxTasksPerWorker 4");
        object?[] ids = All("param($p) 1..8 | Invoke-ProcessPool { $PID } -ChunkSize 100 -Pool $p", pool);
        Assert.Equal([4, 4], ids.GroupBy(id => id).Select(worker => worker.Count()));
    }

    [Fact]
    public void A_worker_that_has_grown_too_large_is_replaced_after_its_task()
    {
        ProcessPool pool = NewPool("-Size 1 -MaxWorkerMemory 400MB");
        object?[] ids = All(
            """
            param($p)
            $p.Apply({ $PID })
            $p.Apply({ $PID })
            $p.Apply({ $global:kept = [byte[]]::new(500MB); for ($i = 0; $i -lt $kept.Length; $i += 4096) { $kept[$i] = 1 }; $PID })
            $p.Apply({ $PID })
            """,
            pool);
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(ids[0], ids[2]);
        Assert.NotEqual(ids[0], ids[3]);
        Assert.Equal(1, pool.Statistics.WorkersRecycled);
    }

    [Fact]
    public void Workers_leave_when_there_was_nothing_to_do_and_come_back()
    {
        ProcessPool pool = NewPool("-Size 1 -IdleTimeoutSeconds 0.3");
        int first = (int)Bare(pool.Apply(Script("$PID")))!;
        AwaitGone(first);
        Until.True(() => pool.Workers.Count == 0, "nobody is left", 30);
        Assert.Equal(PoolState.Open, pool.State);
        Assert.NotEqual(first, Bare(pool.Apply(Script("$PID"))));
        Assert.Equal(0, pool.Statistics.WorkersLost);
    }

    [Fact]
    public void An_idle_time_does_not_end_a_worker_at_work()
    {
        ProcessPool pool = NewPool("-Size 1 -IdleTimeoutSeconds 0.1");
        Assert.Equal([1, 2], All("param($p) $p.Map({ Start-Sleep -Milliseconds 400; $_ }, 1..2)", pool));
        Assert.Equal(0, pool.Statistics.WorkersLost);
    }

    [Fact]
    public void Workers_are_kept_from_one_call_to_the_next()
    {
        object?[] first = [.. All("1..200 | Invoke-ProcessPool { $PID } -Pool $pool -ChunkSize 1").Distinct()];
        object?[] second = [.. All("1..200 | Invoke-ProcessPool { \"$PID\" } -Pool $pool -ChunkSize 1").Distinct()];
        Assert.InRange(first.Length, 1, 2);
        Assert.Subset(Pool.Workers.Select(worker => $"{worker.ProcessId}").ToHashSet(), first.Concat(second).Select(id => $"{id}").ToHashSet());
        Assert.Equal(2, Pool.Statistics.WorkersStarted);
    }

    [Fact]
    public void A_pool_grows_and_shrinks_between_and_under_tasks()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessQueue up = NewQueue();
        ProcessQueue gate = NewQueue();
        ScriptBlock script = Script("param($up, $gate) $up.Put($PID); $null = $gate.Get(60); $PID");
        ProcessFuture[] futures = [.. Enumerable.Range(0, 3).Select(_ => pool.Submit(script, up, gate))];
        up.Get(60);
        Assert.Single(pool.Workers);
        pool.Resize(3);
        Assert.Equal(3, pool.Size);
        up.Get(60);
        up.Get(60);
        Assert.Equal(3, pool.Workers.Count);
        Assert.Equal(3, pool.Statistics.Running);

        // The surplus ends after the task that it is at.
        pool.Resize(1);
        Assert.All(futures, future => Assert.Equal(ProcessTaskState.Running, future.State));
        for (int i = 0; i < 3; i++)
        {
            gate.Put("go");
        }

        Assert.Equal(3, futures.Select(future => Bare(future.Result)).Distinct().Count());
        Until.True(() => pool.Workers.Count == 1, "one worker is left", 30);
        Until.True(() => futures.Count(future => Processes.IsRunning(future.Worker!.Value)) == 1, "the others have ended", 30);
        Assert.Equal(0, pool.Statistics.Crashed);
    }

    [Fact]
    public void Statistics_count_every_end()
    {
        ProcessPool pool = NewPool("-Size 1 -GraceSeconds 0.2");
        ProcessQueue gate = NewQueue();
        All(
            """
            param($p, $gate)
            $held = $p.Submit({ param($g) $null = $g.Get(60) }, $gate)
            $null = $p.Submit({ 1 }).Cancel()
            $gate.Put(1)
            $null = $held.Wait()
            $null = $p.Submit({ throw 'x' }).Wait()
            $null = $p.Submit({ [Environment]::Exit(1) }).Wait()
            1..3 | Invoke-ProcessPool { if ($_ -eq 2) { while ($true) { Start-Sleep -Milliseconds 10 } } } -TimeoutSeconds 2 -Pool $p -ErrorAction SilentlyContinue
            1 | Invoke-ProcessPool { throw 'x' } -RetryCount 2 -RetryDelaySeconds 0.01 -Pool $p -ErrorAction SilentlyContinue
            """,
            pool,
            gate);
        PoolStatistics statistics = pool.Statistics;
        Assert.Equal(8, statistics.Submitted);
        Assert.Equal(3, statistics.Completed);
        Assert.Equal(2, statistics.Failed);
        Assert.Equal(1, statistics.Cancelled);
        Assert.Equal(1, statistics.Crashed);
        Assert.Equal(1, statistics.TimedOut);
        Assert.Equal(2, statistics.Retried);
        Assert.Equal(1, statistics.WorkersLost);
        Assert.Equal(3, statistics.WorkersStarted);
        Assert.Equal(1, statistics.WorkersRecycled);
        Assert.Equal(0, statistics.Queued);
        Assert.Equal(0, statistics.Running);
        Assert.Equal(1, statistics.Size);
    }

    [Fact]
    public void Insights_say_where_the_time_went_and_which_items_were_slow()
    {
        ProcessPool pool = NewPool("-Size 1");
        All("param($p) 0..9 | Invoke-ProcessPool { if ($_ -eq 4) { Start-Sleep -Milliseconds 300 }; 'x' * 100000 } -Pool $p", pool);
        Until.True(() => pool.Statistics.WorkingTime.TotalSeconds >= 0.3, "the worker has told", 30);
        PoolStatistics statistics = pool.Statistics;
        Assert.InRange(statistics.StartingTime.TotalSeconds, 0.001, 60);
        Assert.InRange(statistics.WorkingTime.TotalSeconds, 0.3, 60);
        Assert.InRange(statistics.SerializingTime.Ticks, 1, TimeSpan.FromSeconds(60).Ticks);
        Assert.InRange(statistics.WaitingTime.Ticks, 0, TimeSpan.FromSeconds(60).Ticks);
        Assert.InRange(statistics.Utilisation, 0.01, 1);
        Assert.InRange(statistics.Elapsed.TotalSeconds, 0.3, 90);
        Assert.InRange(statistics.Slowest.Count, 1, 5);
        PoolSlowItem slow = Assert.Single(statistics.Slowest, item => item.Index == 4);
        Assert.Equal(4, Bare(slow.Input));
        Assert.InRange(slow.Seconds, 0.29, 60);
        Assert.Equal(statistics.Slowest.Select(item => item.Seconds).OrderDescending(), statistics.Slowest.Select(item => item.Seconds));
        PoolWorkerInfo worker = Assert.Single(pool.Workers);
        Assert.Equal(10, worker.TasksDone);
        Assert.Equal(PoolWorkerState.Idle, worker.State);
        Assert.Equal(worker.ProcessId, slow.Worker);
        Assert.InRange(worker.WorkingTime.TotalSeconds, 0.3, 60);
        Assert.InRange(worker.Started, DateTime.Now.AddMinutes(-2), DateTime.Now);
    }

    [Fact]
    public void A_pool_in_a_worker_has_one_worker_and_cannot_be_nested_without_end()
    {
        Assert.Equal(["1 2", "4 2", "9 2"], All("$pool.Map({ $_ | Invoke-ProcessPool { \"$($_ * $_) $([ProcessTools.WorkerContext]::PoolDepth)\" } }, 1..3)"));
        Assert.Equal(1, One("$pool.Apply({ $own = New-ProcessPool; $own.Size; $own.Terminate() })"));
        ErrorRecord error = ErrorOf("$pool.Apply({ $ErrorActionPreference = 'Stop'; 1 | Invoke-ProcessPool { 1 | Invoke-ProcessPool { 1 | Invoke-ProcessPool { 1 | Invoke-ProcessPool { 'too deep' } -ErrorAction Stop } -ErrorAction Stop } -ErrorAction Stop } -ErrorAction Stop })");
        Assert.Equal("PoolNestedTooDeep", IdOf(error));
        Assert.IsType<PoolNestedTooDeepException>(error.Exception.GetBaseException());
    }

    [Fact]
    public void Nested_pools_end_with_the_worker_that_has_them()
    {
        ProcessPool pool = NewPool("-Size 1");
        int[] ids = [.. All("param($p) $p.Apply({ $PID; 1 | Invoke-ProcessPool { $PID } })", pool).Cast<int>()];
        Assert.Equal(2, ids.Distinct().Count());
        Processes.Signal(ids[0], Processes.Kill);
        AwaitGone(ids[1]);
        Assert.Equal(1, Bare(pool.Apply(Script("1"))));
    }
}

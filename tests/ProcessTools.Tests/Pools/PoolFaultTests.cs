using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Platform;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>What goes wrong in a pool hits the task that it happens to, and no other.</summary>
public sealed class PoolFaultTests(PoolSession session) : PoolTest(session)
{
    private const int Items = 10_000;

    // Where waits poll, a process takes longer to come up; the steps are the same.
    private static readonly int s_kills = PlatformServices.Current is LinuxPlatform ? 5 : 2;

    [Fact]
    public void Every_item_of_ten_thousand_is_answered_once_while_workers_are_killed_at_random_through_the_command()
    {
        ProcessPool pool = NewPool("-Size 2");
        PoolItemRecord[] records = [];
        int kills = KillWhile(pool, () => records = [.. All($"param($p) 1..{Items} | Invoke-ProcessPool {{ if ($_ % 3 -eq 0) {{ Start-Sleep -Milliseconds 1 }}; $_ * 2 }} -AsRecord -Pool $p", pool).Cast<PoolItemRecord>()]);
        Assert.Equal(Enumerable.Range(0, Items).Select(n => (long)n), records.Select(record => record.Index));
        Assert.Equal(Enumerable.Range(1, Items), records.Select(record => (int)Bare(record.Input)!));
        foreach (PoolItemRecord record in records)
        {
            if (record.Status == ProcessTaskState.Completed)
            {
                Assert.Equal((int)Bare(record.Input)! * 2, Bare(Assert.Single(record.Output)));
                Assert.Null(record.Error);
            }
            else
            {
                Assert.Equal(ProcessTaskState.Crashed, record.Status);
                Assert.Equal("WorkerCrashed", IdOf(record.Error));
            }
        }

        CheckCounts(pool, kills, records.LongCount(record => record.Status == ProcessTaskState.Crashed), Items);
    }

    [Fact]
    public void Items_that_a_killed_worker_had_in_one_loop_run_again_and_are_answered_once()
    {
        int count = LongForm.Rounds(80_000, 400_000);
        ProcessPool pool = NewPool("-Size 2");
        PoolItemRecord[] records = [];
        int kills = KillWhile(pool, () => records = [.. All($"param($p) 1..{count} | Invoke-ProcessPool {{ $_ * 2 }} -AsRecord -Pool $p", pool).Cast<PoolItemRecord>()]);
        Assert.Equal(count, records.Length);
        Assert.All(records, record => Assert.Equal(record.Index + 1, (int)Bare(record.Input)!));
        PoolItemRecord[] done = [.. records.Where(record => record.Status == ProcessTaskState.Completed)];
        Assert.All(done, record => Assert.Equal((int)Bare(record.Input)! * 2, Bare(Assert.Single(record.Output))));
        CheckCounts(pool, kills, records.LongCount(record => record.Status == ProcessTaskState.Crashed), count);
    }

    [Fact]
    public void A_task_that_was_sent_ahead_in_vain_is_the_next_to_run()
    {
        // Item 3 waits behind item 1 and comes back; put behind item 4, which the other worker has ahead, it would never run.
        Assert.Equal(
            [1, 3],
            All(
                "param($p) $n = 0; do { 1..50 | Invoke-ProcessPool { if ($_ -eq 1) { Start-Sleep -Milliseconds 200; 1 } elseif ($_ -eq 3) { 3 } else { while ($true) { Start-Sleep -Milliseconds 10 } } }"
                + " -ChunkSize 1 -Unordered -Pool $p | ForEach-Object { $_; if (++$n -eq 2) { break } } } while ($false)",
                NewPool("-Size 2")).Order());
    }

    [Fact]
    public void Every_task_of_ten_thousand_ends_once_while_workers_are_killed_at_random_through_the_methods()
    {
        ProcessPool pool = NewPool("-Size 2");
        ScriptBlock script = Script("if ($_ % 3 -eq 0) { Start-Sleep -Milliseconds 1 }; $_ * 2");
        int[] ends = new int[Items / 2];
        ProcessFuture[] futures = new ProcessFuture[Items / 2];
        ConcurrentBag<object?> results = [];
        int kills = KillWhile(
            pool,
            () =>
            {
                for (int n = 0; n < futures.Length; n++)
                {
                    int index = n;
                    futures[n] = pool.Submit(script, n);
                    futures[n].OnCompleted(_ => Interlocked.Increment(ref ends[index]));
                }

                // The other half item by item, which says of each how it ended.
                using IEnumerator<object?> map = pool.IMap(script, Enumerable.Range(0, Items / 2)).GetEnumerator();
                while (true)
                {
                    try
                    {
                        if (!map.MoveNext())
                        {
                            break;
                        }

                        results.Add(Bare(map.Current));
                    }
                    catch (ProcessTaskException exception)
                    {
                        results.Add(IdOf(exception.ErrorRecord));
                    }
                }

                foreach (ProcessFuture future in futures)
                {
                    Assert.True(future.Wait(60));
                }
            });
        long crashed = 0;
        for (int n = 0; n < futures.Length; n++)
        {
            if (futures[n].State == ProcessTaskState.Completed)
            {
                Assert.Equal(n * 2, Bare(futures[n].Result));
            }
            else
            {
                crashed++;
                Assert.Equal("WorkerCrashed", IdOf(futures[n].Error));
            }
        }

        Until.True(() => ends.All(static count => count > 0), "all have been told", 30);
        Assert.All(ends, static count => Assert.Equal(1, count));
        int[] good = [.. results.OfType<int>().Order()];
        Assert.Equal(Items / 2, results.Count);
        Assert.Equal(good.Distinct(), good);
        Assert.All(good, value => Assert.True(value % 2 == 0 && value < Items));
        Assert.All(results.Where(result => result is not int), result => Assert.Equal("WorkerCrashed", result));
        CheckCounts(pool, kills, crashed + Items / 2 - good.Length, Items);
    }

    [Fact]
    public void With_a_retry_no_item_of_a_killed_worker_is_lost()
    {
        ProcessPool pool = NewPool("-Size 2");
        object?[] output = [];
        KillWhile(pool, () => output = All($"param($p) 1..{Items / 2} | Invoke-ProcessPool {{ if ($_ % 3 -eq 0) {{ Start-Sleep -Milliseconds 1 }}; $_ }} -RetryCount 20 -RetryDelaySeconds 0.01 -Pool $p", pool));
        Assert.Equal(Enumerable.Range(1, Items / 2), output.Cast<int>());
    }

    [Fact]
    public void A_worker_that_is_killed_while_a_task_runs_fails_that_one_only_and_says_so_soon()
    {
        ProcessPool pool = NewPool("-Size 2");
        ProcessQueue up = NewQueue();
        ProcessQueue gate = NewQueue();
        ScriptBlock waits = Script("param($up, $gate) $up.Put($PID); $null = $gate.Get(60); $PID");
        ProcessFuture[] running = [pool.Submit(waits, up, gate), pool.Submit(waits, up, gate)];
        ProcessFuture[] queued = [.. Enumerable.Range(0, 20).Select(n => pool.Submit(Script("$_"), n))];
        int victim = (int)up.Get(60)!;
        up.Get(60);
        Stopwatch clock = Stopwatch.StartNew();
        Processes.Signal(victim, Processes.Kill);
        Until.True(() => running.Any(future => future.IsCompleted), "the crash is known", 5);
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed.TotalSeconds} s to know.");
        ProcessFuture crashed = Assert.Single(running, future => future.State == ProcessTaskState.Crashed);
        WorkerCrashedException error = Assert.IsType<WorkerCrashedException>(crashed.Error!.Exception);
        Assert.Equal(victim, error.ProcessId);
        Assert.Equal(victim, crashed.Worker);
        if (PlatformServices.Current is LinuxPlatform)
        {
            Assert.Equal(-9, error.ExitCode);
        }

        Assert.Equal("caught", One("param($f) try { $f.Result } catch [ProcessTools.WorkerCrashedException] { 'caught' }", crashed));

        // What was sent ahead to the dead worker runs elsewhere, although the other one is still busy.
        Assert.Equal(Enumerable.Range(0, 20), queued.Select(future => (int)Bare(future.GetResult(60))!));
        gate.Put("go");
        gate.Put("go");
        ProcessFuture survivor = running.Single(future => future != crashed);
        Assert.True(survivor.Wait(60));
        Assert.Equal(ProcessTaskState.Completed, survivor.State);
        Assert.Equal(1, pool.Statistics.WorkersLost);
    }

    [Fact]
    public void An_idle_worker_that_is_killed_is_replaced_and_no_task_is_lost()
    {
        ProcessPool pool = NewPool("-Size 1");
        int first = (int)Bare(pool.Apply(Script("$PID")))!;
        Processes.Signal(first, Processes.Kill);
        AwaitGone(first);
        for (int n = 0; n < 20; n++)
        {
            Assert.Equal(n, Bare(pool.Apply(Script("$_"), [n])));
        }

        Assert.Equal(1, pool.Statistics.WorkersLost);
        Assert.Equal(0, pool.Statistics.Crashed);
    }

    [Fact]
    public void All_workers_killed_at_once_fail_two_tasks_and_the_pool_goes_on()
    {
        ProcessPool pool = NewPool("-Size 2");
        ProcessQueue up = NewQueue();
        ProcessFuture[] futures = [.. Enumerable.Range(0, 2).Select(_ => pool.Submit(Script("param($up) $up.Put($PID); while ($true) { }"), up))];
        int[] ids = [(int)up.Get(60)!, (int)up.Get(60)!];
        Array.ForEach(ids, id => Processes.Signal(id, Processes.Kill));
        Assert.All(futures, future => Assert.True(future.Wait(30)));
        Assert.All(futures, future => Assert.Equal(ProcessTaskState.Crashed, future.State));
        Assert.Equal(Enumerable.Range(1, 50).Select(n => (object)n), All("param($p) 1..50 | Invoke-ProcessPool { $_ } -Pool $p", pool));
    }

    [Fact]
    public void A_frozen_worker_is_replaced_when_the_time_of_its_task_is_over()
    {
        ProcessPool pool = NewPool("-Size 1 -TaskTimeoutSeconds 2 -GraceSeconds 0.2");
        ProcessQueue up = NewQueue();
        ProcessFuture future = pool.Submit(Script("param($up) $up.Put($PID); while ($true) { }"), up);
        int id = (int)up.Get(60)!;
        Processes.Freeze(id);
        Assert.True(future.Wait(30));
        Assert.Equal(ProcessTaskState.TimedOut, future.State);
        AwaitGone(id);
        Assert.Equal(1, Bare(pool.Apply(Script("1"))));
    }

    [Fact]
    public void A_worker_that_is_killed_while_a_huge_argument_is_sent_blocks_nobody()
    {
        ProcessPool pool = NewPool("-Size 1");
        byte[] huge = new byte[100_000_000];
        for (int round = 0; round < 2; round++)
        {
            int worker = (int)Bare(pool.Apply(Script("$PID")))!;

            // A stopped worker does not read, so the argument cannot be through when it is killed.
            Processes.Freeze(worker);
            long before = pool.Statistics.Submitted;
            Background<ProcessFuture> sending = Background.Run(() => pool.Submit(Script("param($bytes) $bytes.Length"), huge));
            Until.True(() => pool.Statistics.Submitted > before || sending.EndsWithin(0), "it is being sent", 60);
            Processes.Signal(worker, Processes.Kill);
            ProcessFuture future = sending.Result;
            Assert.True(future.Wait(60));
            if (future.State == ProcessTaskState.Completed)
            {
                Assert.Equal(huge.Length, Bare(future.Result));
            }
            else
            {
                Assert.Equal("WorkerCrashed", IdOf(future.Error));
            }

            Assert.Equal("next", Bare(pool.Apply(Script("'next'"))));
        }
    }

    [Fact]
    public void A_worker_that_is_killed_while_a_huge_result_returns_blocks_nobody_and_the_result_is_no_half_one()
    {
        ProcessPool pool = NewPool("-Size 1");
        Random random = new(20261123);
        int crashed = 0;
        for (int round = 0; round < 3; round++)
        {
            ProcessQueue up = NewQueue();
            ProcessFuture future = pool.Submit(Script("param($up) $b = [byte[]]::new(50MB); $up.Put($PID); , $b"), up);
            int worker = (int)up.Get(60)!;
            long until = Stopwatch.GetTimestamp() + (random.Next(30_000) * Stopwatch.Frequency / 1_000_000);
            while (Stopwatch.GetTimestamp() < until)
            {
                Thread.Yield();
            }

            Processes.Signal(worker, Processes.Kill);
            Assert.True(future.Wait(60));
            if (future.State == ProcessTaskState.Completed)
            {
                Assert.Equal(50 * 1024 * 1024, Assert.IsType<byte[]>(Bare(future.Result)).Length);
            }
            else
            {
                crashed++;
                Assert.Equal(ProcessTaskState.Crashed, future.State);
                Assert.Equal("WorkerCrashed", IdOf(future.Error));
            }

            Assert.Equal("next", Bare(pool.Apply(Script("'next'"))));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{crashed} of 3 crashed");
    }

    [Fact]
    public void An_item_that_writes_a_hundred_megabytes_gets_through_with_the_others()
    {
        ShellResult result = Shell.TryRun("1..4 | Invoke-ProcessPool { if ($_ -eq 2) { foreach ($i in 1..100) { , [byte[]]::new(1000000) } } else { $_ } } -Pool $pool | ForEach-Object { if ($_ -is [byte[]]) { $total += $_.Length } else { $_ } }; $total");
        Assert.Empty(result.Errors);
        Assert.Equal([1, 3, 4, 100_000_000], Bare(result.Output));
        Assert.Equal(100_000_000, One("$pool.Apply({ , [byte[]]::new(100000000) }).Length"));
    }

    [Fact]
    public void Output_that_cannot_travel_fails_its_task_only()
    {
        ProcessFuture[] futures = [.. Enumerable.Range(0, 20).Select(n => Pool.Submit(Script("if ($_ -eq 7) { [Action] { } } else { $_ }"), n))];
        foreach ((int n, ProcessFuture future) in futures.Index())
        {
            Assert.True(future.Wait(60));
            Assert.Equal(n == 7 ? ProcessTaskState.Failed : ProcessTaskState.Completed, future.State);
        }

        Assert.Equal("NotSerializable", IdOf(futures[7].Error));
        Assert.Equal(0, Pool.Statistics.WorkersLost);
    }

    [Fact]
    public void A_worker_that_ends_itself_is_a_crash_with_its_exit_code()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessFuture[] futures = [.. Enumerable.Range(0, 5).Select(n => pool.Submit(Script("if ($_ -eq 1) { [Environment]::Exit(23) }; if ($_ -eq 3) { [Diagnostics.Process]::GetCurrentProcess().Kill() }; $_"), n))];
        Assert.All(futures, future => Assert.True(future.Wait(60)));
        Assert.Equal(
            [ProcessTaskState.Completed, ProcessTaskState.Crashed, ProcessTaskState.Completed, ProcessTaskState.Crashed, ProcessTaskState.Completed],
            futures.Select(future => future.State));
        Assert.Equal(23, Assert.IsType<WorkerCrashedException>(futures[1].Error!.Exception).ExitCode);
        Assert.Equal(2, pool.Statistics.Crashed);
        Assert.Equal(2, pool.Statistics.WorkersLost);
    }

    [Theory]
    [InlineData("-ChunkSize 1")]
    [InlineData("")]
    public void A_long_item_does_not_hold_back_short_ones_sent_after_it(string chunks)
    {
        ProcessQueue gate = NewQueue();
        ProcessQueue done = NewQueue();

        // The long one only ends when all others have.
        Background<object?[]> command = Background.Run(() => All($"param($gate, $done) 0..200 | Invoke-ProcessPool {{ if ($_ -eq 50) {{ $null = ($using:gate).Get(60) }} else {{ ($using:done).Put($_) }}; $_ }} {chunks} -Pool $pool", gate, done));
        for (int n = 0; n < 200; n++)
        {
            done.Get(60);
        }

        gate.Put("go");
        Assert.Equal(Enumerable.Range(0, 201), command.Result.Cast<int>());
    }

    [Fact]
    public void A_long_task_does_not_hold_back_short_ones_submitted_after_it()
    {
        ProcessQueue gate = NewQueue();
        ScriptBlock quick = Script("$_");
        ProcessFuture[] before = [.. Enumerable.Range(0, 50).Select(n => Pool.Submit(quick, n))];
        ProcessFuture slow = Pool.Submit(Script("param($gate) $gate.Get(60)"), gate);
        ProcessFuture[] after = [.. Enumerable.Range(0, 50).Select(n => Pool.Submit(quick, n))];
        Assert.Equal(Enumerable.Range(0, 50), before.Select(future => (int)Bare(future.GetResult(60))!));
        Assert.Equal(Enumerable.Range(0, 50), after.Select(future => (int)Bare(future.GetResult(60))!));
        gate.Put("go");
        Assert.Equal("go", Bare(slow.GetResult(60)));
    }

    /// <summary>Kills workers of a pool at random instants until the work is done, and returns how many it killed.</summary>
    private static int KillWhile(ProcessPool pool, Action work)
    {
        Random random = new(20261123);
        Background<bool> working = Background.Run(work);
        int kills = 0;
        while (kills < s_kills && !working.EndsWithin(random.Next(30) / 1000.0))
        {
            // One that is at work, some instant later; what it does goes on meanwhile.
            PoolWorkerInfo[] ready = [.. pool.Workers.Where(worker => worker.State == PoolWorkerState.Busy && worker.TasksDone > 0)];
            if (ready.Length > 0)
            {
                int victim = ready[random.Next(ready.Length)].ProcessId;
                if (Processes.IsRunning(victim))
                {
                    Processes.Signal(victim, Processes.Kill);
                    kills++;
                }
            }
        }

        Assert.True(working.Result);
        Assert.True(kills > 0, "The work was done before a worker could be killed.");
        return kills;
    }

    private static void CheckCounts(ProcessPool pool, int kills, long crashed, long all)
    {
        PoolStatistics statistics = pool.Statistics;
        Assert.InRange(crashed, 0, kills);
        Assert.Equal(crashed, statistics.Crashed);
        Assert.Equal(all, statistics.Submitted);
        Assert.Equal(all - crashed, statistics.Completed);
        Assert.InRange(statistics.WorkersLost, 1, kills);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {crashed} tasks crashed, {statistics.WorkersStarted} workers started");
    }
}

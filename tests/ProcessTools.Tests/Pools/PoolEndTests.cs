using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>How pools are closed, joined, terminated and removed, and what is refused then.</summary>
public sealed class PoolEndTests(PoolSession session) : PoolTest(session)
{
    [Fact]
    public void A_closed_pool_finishes_what_it_has_and_takes_no_more()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessQueue gate = NewQueue();
        Assert.Equal(PoolState.Open, pool.State);
        ProcessFuture[] futures = [.. Enumerable.Range(0, 5).Select(n => pool.Submit(Script("param($gate, $n) $null = $gate.Get(60); $n"), gate, n))];
        pool.Close();
        pool.Close();
        Assert.Equal(PoolState.Closed, pool.State);
        Assert.False(pool.Join(0.05));
        int[] workers = [.. pool.Workers.Select(worker => worker.ProcessId)];
        for (int i = 0; i < 5; i++)
        {
            gate.Put("go");
        }

        Assert.True(pool.Join(60));
        Assert.Equal([0, 1, 2, 3, 4], futures.Select(future => Bare(future.Result)));
        Assert.Empty(pool.Workers);
        Assert.All(workers, AwaitGone);
    }

    [Theory]
    [InlineData("$p.Submit({ 1 })")]
    [InlineData("$p.SubmitNamed({ 1 }, @{})")]
    [InlineData("$p.Apply({ 1 })")]
    [InlineData("$p.ApplyAsync({ 1 })")]
    [InlineData("$p.Map({ 1 }, 1..3)")]
    [InlineData("$p.MapAsync({ 1 }, 1..3)")]
    [InlineData("$p.StarMap({ 1 }, 1..3)")]
    [InlineData("foreach ($x in $p.IMap({ 1 }, 1..3)) { $x }")]
    [InlineData("1..3 | Invoke-ProcessPool { 1 } -Pool $p")]
    public void A_closed_pool_refuses_work_and_says_to_make_a_new_one(string call)
    {
        ProcessPool pool = NewPool("-Size 1");
        pool.Close();
        ErrorRecord error = ErrorOf($"param($p) {call}", pool);
        PoolClosedException cause = Cause<PoolClosedException>(error);
        Assert.Equal("PoolClosed", cause.ErrorId);
        Assert.Equal("PoolClosed", IdOf(error));
        Assert.Contains("New-ProcessPool", cause.Message, StringComparison.Ordinal);
        pool.Terminate();
        Assert.Contains("terminated", Cause<PoolClosedException>(ErrorOf($"param($p) {call}", pool)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_begin_is_collected_without_harm()
    {
        using SessionProcess session = new(
            "$p = New-ProcessPool -Size 1; $p.Close();"
            + "try { foreach ($x in $p.IMap({ 1 }, 1..3)) { } } catch [ProcessTools.PoolClosedException] { 'refused' };"
            + "foreach ($i in 1..3) { [GC]::Collect(); [GC]::WaitForPendingFinalizers(); $p = New-ProcessPool -Size 1; $p.Apply({ 'still here' }); $p.Dispose() }");
        (int exitCode, string output, string error) = session.Complete();
        Assert.Equal(string.Empty, error);
        Assert.Equal(0, exitCode);
        Assert.Equal(["refused", "still here", "still here", "still here"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public void Join_needs_close_or_terminate_before()
    {
        foreach (string call in new[] { "$pool.Join()", "$pool.Join(1)", "$pool.Join([timespan]'0:0:1')" })
        {
            ErrorRecord error = ErrorOf(call);
            Assert.Equal("PoolStillOpen", IdOf(error));
            Cause<PoolStillOpenException>(error);
        }

        Assert.Equal("caught", One("try { $pool.Join() } catch [ProcessTools.PoolStillOpenException] { 'caught' }"));
    }

    [Fact]
    public void Terminate_ends_everything_at_once_and_cancels_what_was_not_finished()
    {
        ProcessPool pool = NewPool("-Size 2");
        ScriptBlock endless = Script("while ($true) { Start-Sleep -Milliseconds 10 }");
        ScriptBlock deaf = Script("[Threading.Thread]::Sleep(-1)");
        ProcessFuture[] futures = [.. Enumerable.Range(0, 20).Select(n => pool.Submit(n % 2 == 0 ? endless : deaf))];
        ProcessFuture map = pool.MapAsync(endless, Enumerable.Range(0, 1000));
        Until.True(() => pool.Statistics.Running == 2, "both workers work", 60);
        int[] workers = [.. pool.Workers.Select(worker => worker.ProcessId)];
        Background<bool> waiting = Background.Run(() => futures[19].Wait());
        pool.Terminate();
        pool.Terminate();
        Assert.True(waiting.Result);
        Assert.Equal(PoolState.Terminated, pool.State);
        Assert.True(pool.Join(30));
        Assert.All(futures, future => Assert.Equal(ProcessTaskState.Cancelled, future.State));
        Assert.All(futures, future => Assert.Equal("TaskCancelled", IdOf(future.Error)));
        Assert.Equal(ProcessTaskState.Cancelled, map.State);
        Assert.All(workers, AwaitGone);
        Assert.Empty(pool.Workers);
    }

    [Fact]
    public void Dispose_terminates_also_a_pool_that_was_never_used()
    {
        ProcessPool pool = NewPool("-Size 1");
        pool.Dispose();
        pool.Dispose();
        Assert.Equal(PoolState.Terminated, pool.State);
        Assert.True(pool.Join(30));
        Assert.Empty(pool.Workers);
    }

    [Fact]
    public void A_call_that_waits_ends_when_the_pool_is_terminated()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessQueue up = NewQueue();
        ScriptBlock script = Script("param($up) $up.Put(1); while ($true) { Start-Sleep -Milliseconds 10 }");
        Background<object?> apply = Background.Run(() => pool.Apply(script, [up]));
        up.Get(60);
        Background<object?[]> map = Background.Run(() => pool.Map(script, new[] { up, up }));
        Until.True(() => pool.Statistics.Submitted >= 3, "the map is given", 30);
        pool.Terminate();
        Assert.Equal("TaskCancelled", IdOf(Assert.Throws<ProcessTaskException>(() => apply.Result).ErrorRecord));
        Assert.Equal("TaskCancelled", IdOf(Assert.Throws<ProcessTaskException>(() => map.Result).ErrorRecord));
    }

    [Fact]
    public void A_command_that_works_with_a_terminated_pool_ends_with_an_error()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessQueue up = NewQueue();
        Background<ShellResult> command = Background.Run(() => Shell.TryRun("param($p, $up) 1..10 | Invoke-ProcessPool { ($using:up).Put(1); while ($true) { Start-Sleep -Milliseconds 10 } } -Pool $p", pool, up));
        up.Get(60);
        pool.Terminate();
        Assert.Equal("PoolTerminated", IdOf(command.Result.Errors[^1]));
    }

    [Fact]
    public void Pools_are_listed_by_name_and_id_until_they_are_removed()
    {
        string name = $"listed {Guid.NewGuid()}";
        ProcessPool pool = NewPool("-Size 1 -Name $a", name);
        Assert.Equal(name, pool.Name);
        Assert.Same(pool, One("param($n) Get-ProcessPool $n", name.ToUpperInvariant()));
        Assert.Same(pool, One("param($n) Get-ProcessPool -Name \"$($n.Substring(0, 20))*\"", name));
        Assert.Same(pool, One("param($id) Get-ProcessPool -Id $id", pool.Id));
        Assert.Contains(pool, All("Get-ProcessPool"));
        Assert.Empty(All("param($n) Remove-ProcessPool -Name $n", name));
        Assert.Equal(PoolState.Terminated, pool.State);
        Assert.Empty(All("param($n) Get-ProcessPool \"$n*\"", name));
        ErrorRecord missing = ErrorOf("param($n) Get-ProcessPool $n", name);
        Assert.Equal("PoolNotFound", IdOf(missing));
        Assert.Equal(ErrorCategory.ObjectNotFound, missing.CategoryInfo.Category);
    }

    [Fact]
    public void A_name_is_given_once()
    {
        string name = $"taken {Guid.NewGuid()}";
        NewPool("-Size 1 -Name $a", name);
        Assert.Equal("PoolNameTaken", IdOf(ErrorOf("param($n) New-ProcessPool -Size 1 -Name $n", name)));
    }

    [Fact]
    public void A_busy_pool_is_removed_by_force_only()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessFuture future = pool.Submit(Script("while ($true) { Start-Sleep -Milliseconds 10 }"));
        AwaitRunning(future);
        int worker = Assert.Single(pool.Workers).ProcessId;
        ErrorRecord busy = ErrorOf("param($p) $p | Remove-ProcessPool", pool);
        Assert.Equal("PoolBusy", IdOf(busy));
        Assert.Equal(PoolState.Open, pool.State);
        Assert.Empty(All("param($p) Remove-ProcessPool $p -WhatIf -Force", pool));
        Assert.Equal(PoolState.Open, pool.State);
        Assert.Empty(All("param($p) Remove-ProcessPool $p -Force", pool));
        Assert.True(future.Wait(30));
        Assert.Equal(ProcessTaskState.Cancelled, future.State);
        AwaitGone(worker);
    }

    [Fact]
    public void A_what_if_makes_no_pool()
    {
        Assert.Empty(All("New-ProcessPool -Size 1 -Name 'never made' -WhatIf"));
        Assert.Empty(All("Get-ProcessPool 'never made*'"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100_000)]
    public void A_size_that_makes_no_sense_is_refused(int size)
    {
        Assert.NotEmpty(Shell.TryRun("param($n) New-ProcessPool -Size $n", size).Errors);
        Assert.Equal("InvalidPoolSize", Cause<PoolArgumentException>(ErrorOf("param($n) $pool.Resize($n)", size)).ErrorId);
        Assert.Equal(2, Pool.Size);
    }

    [Fact]
    public void What_cannot_travel_is_refused_where_it_is_given()
    {
        Assert.Equal("NotSerializable", Cause<NotSerializableException>(ErrorOf("$pool.Submit({ 1 }, [Action]{ })")).ErrorId);
        Assert.Equal("NotSerializable", Cause<NotSerializableException>(ErrorOf("$pool.Apply({ 1 }, @([Action]{ }))")).ErrorId);
        Assert.Equal("NotSerializable", Cause<NotSerializableException>(ErrorOf("$bad = [Action]{ }; $pool.Submit({ $using:bad }).Result")).ErrorId);
        Assert.Equal("UsingVariableNotFound", Cause<WorkerArgumentException>(ErrorOf("$pool.Submit({ $using:noSuchVariableAnywhere })")).ErrorId);
        Assert.NotNull(ErrorOf("$pool.Submit($null)"));
        Assert.Equal(1, One("$pool.Apply({ 1 })"));
    }

    [Fact]
    public void Submitting_and_closing_at_once_loses_nothing()
    {
        for (int round = 0; round < 4; round++)
        {
            ProcessPool pool = NewPool("-Size 1");
            ScriptBlock script = Script("$_");
            List<ProcessFuture> futures = [];
            Background<bool> submitting = Background.Run(() =>
            {
                try
                {
                    for (int n = 0; n < 1000; n++)
                    {
                        futures.Add(pool.Submit(script, n));
                    }
                }
                catch (Exception exception) when (exception is ProcessTaskException or PoolClosedException)
                {
                    Assert.Contains("takes no more tasks", exception.Message, StringComparison.Ordinal);
                }
            });
            Until.True(() => pool.Statistics.Submitted > round, "tasks come", 30);
            if (round == 0)
            {
                pool.Close();
                Assert.True(submitting.Result);
                Assert.True(pool.Join(60));
                Assert.All(futures, future => Assert.Equal(ProcessTaskState.Completed, future.State));
            }
            else
            {
                pool.Terminate();
                Assert.True(submitting.Result);
                Assert.True(pool.Join(60));
                Assert.All(futures, future => Assert.True(future.IsCompleted));
            }
        }
    }
}

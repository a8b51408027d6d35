using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>What a future says of its task, and what one does with it.</summary>
public sealed class FutureTests(PoolSession session) : PoolTest(session)
{
    private const string Endless = "while ($true) { Start-Sleep -Milliseconds 10 }";

    [Fact]
    public void A_future_goes_from_pending_over_running_to_completed()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessQueue gate = NewQueue();
        ScriptBlock script = Script("param($gate) $null = $gate.Get(60); $PID");
        ProcessFuture first = pool.Submit(script, gate);
        AwaitRunning(first);
        Assert.Equal(ProcessTaskState.Running, first.State);
        ProcessFuture second = pool.Submit(script, gate);
        Assert.Equal(ProcessTaskState.Pending, second.State);
        Assert.False(second.IsCompleted);
        Assert.True(second.Id > first.Id);
        Assert.Null(first.Error);
        Assert.Null(first.Worker);
        Assert.Equal(0, first.Seconds);
        gate.Put("go");
        Assert.True(first.Wait(60));
        Assert.Equal(ProcessTaskState.Completed, first.State);
        Assert.True(first.IsCompleted);
        Assert.Equal(first.Worker, Bare(first.Result));
        Assert.Equal(1, first.Attempts);
        Assert.True(first.Seconds > 0);
        Assert.Null(first.Error);
        gate.Put("go");
        object? id = Bare(second.Result);
        Assert.Equal(second.Worker, id);
    }

    [Fact]
    public void A_result_is_null_one_object_or_an_array()
    {
        Assert.Null(Pool.Submit(Script("$null = 1")).Result);
        Assert.Null(Pool.Submit(Script("$null")).Result);
        Assert.Equal("x", Bare(Pool.Submit(Script("'x'")).Result));
        Assert.Equal([1, 2], Assert.IsType<object?[]>(Pool.Submit(Script("1; 2")).Result).Select(Bare));
        ProcessFuture twice = Pool.Submit(Script("1; 2"));
        Assert.Equal(Assert.IsType<object?[]>(twice.Result), Assert.IsType<object?[]>(twice.Result));
    }

    [Fact]
    public void Waiting_has_a_limit_and_the_task_goes_on()
    {
        ProcessQueue gate = NewQueue();
        ProcessFuture future = Pool.Submit(Script("param($gate) $gate.Get(60)"), gate);
        Assert.False(future.Wait(0.05));
        Assert.False(future.Wait(0));
        Assert.False(future.Wait(TimeSpan.FromMilliseconds(20)));
        ErrorRecord error = ErrorOf("param($f) $f.GetResult(0.05)", future);
        Assert.Equal("FutureTimeout", IdOf(error));
        Assert.Contains("0.05 seconds", Cause<FutureTimeoutException>(error).Message, StringComparison.Ordinal);
        Assert.Equal("caught", One("param($f) try { $f.GetResult([timespan]::FromMilliseconds(20)) } catch [ProcessTools.FutureTimeoutException] { 'caught' }", future));
        gate.Put("late");
        Assert.Equal("late", Bare(future.GetResult(60)));
        Assert.True(future.Wait(0));
        Assert.Equal("late", Bare(future.GetResult(0)));
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("[double]::NaN")]
    [InlineData("[timespan]'-1:00:00'")]
    public void A_timeout_that_makes_no_sense_is_refused(string timeout)
    {
        Assert.NotNull(ErrorOf($"$f = $pool.Submit({{ 1 }}); $null = $f.Wait(); $f.GetResult({timeout})"));
    }

    [Fact]
    public void Ctrl_c_ends_a_wait_and_leaves_the_task()
    {
        ProcessQueue up = NewQueue();
        foreach (string wait in new[] { "$f.Result", "$f.Wait()", "$f.GetResult(100)", "$f | Wait-ProcessFuture", "$pool.Map({ ($using:gate).Get(60) }, 1..2)", "$pool.Apply({ ($using:gate).Get(60) })" })
        {
            ProcessQueue gate = NewQueue();
            ProcessFuture future = Pool.Submit(Script("param($gate) $gate.Get(60)"), gate);
            using PowerShell shell = PowerShell.Create(Shell.Runspace);
            shell.AddScript($"param($f, $gate, $up) $up.Put(1); {wait}").AddArgument(future).AddArgument(gate).AddArgument(up);
            IAsyncResult call = shell.BeginInvoke();
            up.Get(60);
            Background<bool> stop = Background.Run(shell.Stop);
            Assert.True(stop.Result);
            Assert.ThrowsAny<Exception>(() => shell.EndInvoke(call));
            Assert.False(future.IsCompleted);

            // What the call had given to the pool is either still there or was cancelled with it; the next task gets through in any case.
            for (int i = 0; i < 3; i++)
            {
                gate.Put("go");
            }

            Assert.Equal("go", Bare(future.GetResult(60)));
        }
    }

    [Fact]
    public void A_pending_task_that_is_cancelled_never_runs()
    {
        ProcessPool pool = NewPool("-Size 1");
        ProcessQueue gate = NewQueue();
        ProcessQueue ran = NewQueue();
        ProcessFuture first = pool.Submit(Script("param($gate) $gate.Get(60)"), gate);
        ProcessFuture second = pool.Submit(Script("param($ran) $ran.Put(2)"), ran);
        ProcessFuture third = pool.Submit(Script("param($ran) $ran.Put(3); 3"), ran);
        AwaitRunning(first);
        Assert.True(second.Cancel());
        Assert.False(second.Cancel());
        Assert.True(second.Wait(10));
        Assert.Equal(ProcessTaskState.Cancelled, second.State);
        Assert.Equal(ProcessTaskState.Running, first.State);
        gate.Put("go");
        Assert.Equal(3, Bare(third.Result));
        Assert.Equal(3, ran.Get(0));
        Assert.True(ran.IsEmpty);
        ErrorRecord error = ErrorOf("param($f) $f.Result", second);
        Assert.Equal("TaskCancelled", IdOf(error));
        Assert.Equal("caught", One("param($f) try { $f.Result } catch [ProcessTools.TaskCancelledException] { 'caught' }", second));
    }

    [Fact]
    public void A_running_task_that_is_cancelled_stops_with_its_finally_blocks()
    {
        ProcessQueue said = NewQueue();
        ProcessFuture future = Pool.Submit(Script($"param($q) try {{ $q.Put('up'); {Endless} }} finally {{ $q.Put('cleaned') }}"), said);
        Assert.Equal("up", said.Get(60));
        Assert.True(future.Cancel());
        Assert.True(future.Wait(30));
        Assert.Equal(ProcessTaskState.Cancelled, future.State);
        Assert.Equal("TaskCancelled", IdOf(future.Error));
        Assert.Equal("cleaned", said.Get(30));
        Assert.False(future.Cancel());
        Assert.Equal(1, One("$pool.Apply({ 1 })"));
    }

    [Fact]
    public void A_task_that_does_not_stop_loses_its_worker_and_only_it_is_cancelled()
    {
        ProcessPool pool = NewPool("-Size 1 -GraceSeconds 0.2");
        ProcessQueue said = NewQueue();
        ProcessFuture future = pool.Submit(Script("param($q) $q.Put($PID); [Threading.Thread]::Sleep(-1)"), said);
        ProcessFuture next = pool.Submit(Script("$PID"));
        int worker = (int)said.Get(60)!;
        Assert.True(future.Cancel());
        Assert.True(future.Wait(30));
        Assert.Equal(ProcessTaskState.Cancelled, future.State);
        AwaitGone(worker);
        Assert.NotEqual(worker, Bare(next.Result));
        Assert.Equal(ProcessTaskState.Completed, next.State);
        Assert.Equal(0, pool.Statistics.Crashed);
    }

    [Fact]
    public void A_task_that_has_ended_cannot_be_cancelled()
    {
        ProcessFuture done = Pool.Submit(Script("1"));
        Assert.Equal(1, Bare(done.Result));
        Assert.False(done.Cancel());
        Assert.Equal(ProcessTaskState.Completed, done.State);
        ProcessFuture failed = Pool.Submit(Script("throw 'x'"));
        failed.Wait();
        Assert.False(failed.Cancel());
        Assert.Equal(ProcessTaskState.Failed, failed.State);
    }

    [Fact]
    public void Cancelling_a_whole_map_stops_it()
    {
        ProcessQueue up = NewQueue();
        ProcessFuture map = Pool.MapAsync(Script($"param($up) $up.Put(1); {Endless}"), Enumerable.Repeat<object>(up, 50));
        up.Get(60);
        Assert.True(map.Cancel());
        Assert.True(map.Wait(30));
        Assert.Equal(ProcessTaskState.Cancelled, map.State);
        Assert.Equal(1, One("$pool.Apply({ 1 })"));
    }

    [Theory]
    [InlineData("throw [IO.FileNotFoundException]::new('gone', 'f.txt')", "[System.IO.FileNotFoundException]")]
    [InlineData("$ErrorActionPreference = 'Stop'; 1 / 0", "[System.DivideByZeroException]")]
    [InlineData("$ErrorActionPreference = 'Stop'; [int]::Parse('x')", "[System.FormatException]")]
    [InlineData("throw 'text'", "[System.Management.Automation.RuntimeException]")]
    [InlineData("[Environment]::Exit(3)", "[ProcessTools.WorkerCrashedException]")]
    [InlineData("exit 3", "[ProcessTools.TaskExitedException]")]
    [InlineData("[Action] { }", "[ProcessTools.NotSerializableException]")]
    public void A_typed_catch_around_a_result_catches_the_tasks_error(string script, string type)
    {
        Assert.Equal("caught", One($"$f = $pool.Submit({{ {script} }}); try {{ $f.Result }} catch {type} {{ 'caught' }}"));
        Assert.Equal("caught", One($"$f = $pool.Submit({{ {script} }}); try {{ $f.GetResult(60) }} catch {type} {{ 'caught' }}"));
        Assert.Equal("caught", One($"try {{ $pool.Apply({{ {script} }}) }} catch {type} {{ 'caught' }}"));
    }

    [Fact]
    public void A_failed_task_has_its_own_error_record()
    {
        ErrorRecord error = ErrorOf(
            """
            $f = $pool.Submit({
                function Deep { throw [Management.Automation.ErrorRecord]::new([IO.FileNotFoundException]::new('gone', 'f.txt'), 'MyId', 'ObjectNotFound', 'the target') }
                Deep
            })
            $f.Result
            """);
        Assert.Equal("MyId", IdOf(error));
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Equal("the target", Bare(error.TargetObject));
        Assert.Equal("f.txt", Assert.IsType<FileNotFoundException>(error.Exception.GetBaseException()).FileName);
        Assert.Contains("at Deep", error.ScriptStackTrace, StringComparison.Ordinal);
        Assert.Contains("throw [Management", error.InvocationInfo.Line, StringComparison.Ordinal);

        ProcessFuture future = Pool.Submit(Script("throw 'plain'"));
        Assert.True(future.Wait(60));
        Assert.Equal(ProcessTaskState.Failed, future.State);
        Assert.Equal("plain", future.Error!.Exception.Message);
        Assert.Equal("plain", Assert.Throws<ProcessTaskException>(() => future.Result).Message);
    }

    [Fact]
    public void Errors_that_do_not_end_a_task_are_its_errors_and_its_result_stands()
    {
        ProcessFuture future = Pool.Submit(Script(
            """
            [CmdletBinding()] param()
            $VerbosePreference = $DebugPreference = $WarningPreference = 'Continue'
            $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([IO.IOException]::new('first'), 'One', 'ReadError', 1))
            $PSCmdlet.WriteWarning('warn')
            $PSCmdlet.WriteVerbose('verb')
            $PSCmdlet.WriteDebug('debug')
            $PSCmdlet.WriteInformation([Management.Automation.InformationRecord]::new('info', 'me'))
            $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([IO.IOException]::new('second'), 'Two', 'ReadError', 2))
            'result'
            """));
        Assert.Equal("result", Bare(future.Result));
        Assert.Equal(ProcessTaskState.Completed, future.State);
        Assert.Null(future.Error);
        Assert.Equal(["One", "Two"], future.Errors.Select(IdOf));
        Assert.Equal("warn", Assert.Single(future.Warnings).Message);
        Assert.Equal("verb", Assert.Single(future.Verbose).Message);
        Assert.Equal("debug", Assert.Single(future.Debug).Message);
        Assert.Equal("info", Bare(Assert.Single(future.Information).MessageData));
    }

    [Fact]
    public void A_continuation_gets_the_future_and_its_output_is_the_next_result()
    {
        Assert.Equal("Completed Completed 5 -> 6", One("$g = $pool.Submit({ 5 }).ContinueWith({ param($f) \"$($f.State) $($_.State) $($f.Result) -> $($f.Result + 1)\" }); $g.Result"));
        Assert.Equal([1, 2], All("$pool.Submit({ 1 }).ContinueWith({ $_.Result; 2 }).Result"));
        Assert.Equal(4, One("$pool.Submit({ 1 }).ContinueWith({ $_.Result + 1 }).ContinueWith({ $_.Result * 2 }).Result"));
        Assert.Equal("in the session", One("$mine = 'in the session'; $pool.Submit({ 1 }).ContinueWith({ $mine }).Result"));
    }

    [Fact]
    public void A_continuation_runs_after_a_failure_a_cancellation_and_at_once_when_the_task_is_done()
    {
        Assert.Equal("Failed bad", One("$pool.Submit({ throw 'bad' }).ContinueWith({ \"$($_.State) $($_.Error)\" }).Result"));
        Assert.Equal("Cancelled", One("$f = $pool.Submit({ while ($true) { Start-Sleep -Milliseconds 10 } }); $g = $f.ContinueWith({ \"$($_.State)\" }); $null = $f.Cancel(); $g.Result"));
        Assert.Equal("again 1", One("$f = $pool.Submit({ 1 }); $null = $f.Wait(); $f.ContinueWith({ \"again $($_.Result)\" }).Result"));
        ErrorRecord error = ErrorOf("$g = $pool.Submit({ 1 }).ContinueWith({ throw [IO.FileNotFoundException]::new('from the continuation') }); try { $g.Result } catch [System.IO.FileNotFoundException] { throw }");
        Assert.Contains("from the continuation", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], All("$f = $pool.Submit({ 1 }); $a = $f.ContinueWith({ 1 }); $b = $f.ContinueWith({ throw 'no' }); $c = $f.ContinueWith({ 3 }); $a.Result; $null = $b.Wait(); $c.Result"));
    }

    [Fact]
    public async Task On_completed_is_called_once_for_each_end_and_at_once_when_it_was_over()
    {
        ProcessQueue gate = NewQueue();
        ProcessFuture future = Pool.Submit(Script("param($gate) $gate.Get(60)"), gate);
        TaskCompletionSource<ProcessTaskState> said = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        future.OnCompleted(_ => throw new InvalidOperationException("dropped"));
        future.OnCompleted(done =>
        {
            Interlocked.Increment(ref calls);
            said.TrySetResult(done.State);
        });
        Assert.Equal(0, calls);
        gate.Put("go");
        Assert.Equal(ProcessTaskState.Completed, await said.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        future.OnCompleted(_ => Interlocked.Increment(ref calls));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_future_is_awaited_in_csharp()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(5, Bare(await Pool.Submit(Script("5"))));
        Assert.Equal(6, Bare(await Pool.Submit(Script("6")).Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation)));
        ProcessTaskException error = await Assert.ThrowsAsync<ProcessTaskException>(async () => await Pool.Submit(Script("throw [IO.IOException]::new('bad')")));
        Assert.IsType<IOException>(error.InnerException);
        ProcessFuture endless = Pool.Submit(Script(Endless));
        Task<object?> task = endless.Task;
        Assert.False(task.IsCompleted);
        endless.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await task.WaitAsync(TimeSpan.FromSeconds(60), cancellation));
        Assert.True(task.IsCanceled);
        Assert.True(endless.Task.IsCanceled);
    }

    [Fact]
    public void Results_and_arguments_are_freed_when_nobody_holds_the_future()
    {
        WeakReference[] references = SubmitAndForget();
        Until.True(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return references.All(static reference => !reference.IsAlive);
            },
            "they are freed",
            30);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private WeakReference[] SubmitAndForget()
    {
        byte[] argument = new byte[100_000];
        ProcessFuture future = Pool.Submit(Script("param($bytes) , $bytes"), argument);
        Assert.True(future.Wait(60));
        object result = Bare(future.Result)!;
        Assert.Equal(argument.Length, Assert.IsType<byte[]>(result).Length);
        return [new WeakReference(argument), new WeakReference(result), new WeakReference(future)];
    }
}

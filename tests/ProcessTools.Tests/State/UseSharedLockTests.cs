using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary><c>Use-SharedLock</c>: the scope of its script block, and that the lock is free afterwards, whatever happened.</summary>
public sealed class UseSharedLockTests(StateShell session) : IClassFixture<StateShell>
{
    private const string Setup = "$lock = $s.Lock(); ";

    [Fact]
    public void The_lock_is_held_meanwhile_and_free_afterwards()
    {
        Assert.Equal([true, Environment.ProcessId, false, null], session.All(Setup + "Use-SharedLock $lock { $lock.IsLocked; $lock.HolderProcessId }; $lock.IsLocked; , $lock.HolderProcessId"));
    }

    [Fact]
    public void The_script_block_runs_in_the_callers_scope_and_changes_neither_its_arguments_nor_its_item()
    {
        Assert.Equal(
            ["7 a b", "in 1 out 1", "in 2 out 2", null],
            session.All(
                Setup +
                """
                function Test-Caller {
                    $sum = 1
                    Use-SharedLock $lock { param($n) $sum += $n + $args[0] } -ArgumentList 2, 3
                    Use-SharedLock $lock { $sum++ }
                    "$sum $args"
                }
                Test-Caller a b
                1, 2 | ForEach-Object { $in = Use-SharedLock $lock { "in $_" }; "$in out $_" }
                , $sum
                """));
    }

    [Theory]
    [InlineData("1, $null, 'x' { $args.Count }", 3)]
    [InlineData("(, @(1, 2)) { param($list) $list.Count }", 2)]
    [InlineData("'-Name' { param($text) $text }", "-Name")]
    [InlineData("@() { $args.Count }", 0)]
    [InlineData("$null { $args.Count }", 0)]
    public void Arguments_arrive_as_they_are(string call, object expected)
    {
        Assert.Equal(expected, session.One($"{Setup} Use-SharedLock $lock -ArgumentList {call}"));
    }

    [Fact]
    public void Output_goes_down_the_pipeline_at_once()
    {
        Assert.Equal(
            ["made 1", "got 1", "made 2", "got 2"],
            session.All(Setup + "$seen = [System.Collections.Generic.List[string]]::new(); Use-SharedLock $lock { foreach ($n in 1, 2) { $seen.Add(\"made $n\"); $n } } | ForEach-Object { $seen.Add(\"got $_\") }; $seen"));
    }

    [Theory]
    [InlineData("try { Use-SharedLock $lock { throw 'no' } } catch { \"caught $_\" }", "caught no")]
    [InlineData("try { Use-SharedLock $lock { [int]::Parse('x') } } catch [FormatException] { 'caught' }", "caught")]
    [InlineData("foreach ($n in 1..3) { Use-SharedLock $lock { if ($n -eq 2) { break } }; $n }", "1")]
    [InlineData("foreach ($n in 1..3) { Use-SharedLock $lock { if ($n -eq 2) { continue } }; $n }", "1 3")]
    [InlineData("Use-SharedLock $lock { 'a'; return; 'b' }; 'c'", "a c")]
    [InlineData("try { Use-SharedLock $lock { 1..3 } | ForEach-Object { throw \"down $_\" } } catch { \"caught $_\" }", "caught down 1")]
    [InlineData("Use-SharedLock $lock { Use-SharedLock $s.Lock() { 'two' } }", "two")]
    public void The_lock_is_free_however_the_script_block_ends(string script, string expected)
    {
        object?[] result = session.All(Setup + script + "; $lock.IsLocked; $lock.Acquire(0)");
        Assert.Equal(expected, string.Join(' ', result[..^2]));
        Assert.Equal([false, true], result[^2..]);
    }

    [Theory]
    [InlineData("0.3", 0.3)]
    [InlineData("([timespan]::FromSeconds(0.3))", 0.3)]
    [InlineData("0", 0)]
    public void A_timeout_is_an_error_that_names_the_holder(string timeout, double seconds)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ErrorRecord error = session.ErrorOf($"{Setup} $null = $lock.Acquire(); Use-SharedLock $lock {{ 'never' }} -TimeoutSeconds {timeout}; 'nor this'");
        Assert.InRange(clock.Elapsed.TotalSeconds, seconds, seconds + 5);
        Assert.Equal("LockTimeout,ProcessTools.Commands.UseSharedLockCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Contains($"process {Environment.ProcessId} holds it", error.Exception.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<SharedLock>(error.TargetObject);
    }

    [Fact]
    public void It_takes_what_can_be_acquired_and_nothing_else()
    {
        Assert.Equal([2, true, true], session.All("$r = $s.RLock(); Use-SharedLock $r { Use-SharedLock $r { $r.Depth } }; $v = $s.Value('', 1); Use-SharedLock $v.Lock { $v.Lock.IsHeld }; $a = $s.Array('', [int], 2); Use-SharedLock $a.Lock { $a.Lock.IsHeld }"));
        Assert.StartsWith("CannotConvertArgument", session.ErrorOf("Use-SharedLock -Lock $s -ScriptBlock { }").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_of_the_dead_comes_with_a_warning_once()
    {
        ShellResult result = session.Shell.TryRun(
            Setup +
            """
            $null = Start-WorkerProcess { $null = ($using:lock).Acquire(); [System.Diagnostics.Process]::GetCurrentProcess().Kill() } | Wait-Job
            Use-SharedLock $lock { $lock.WasAbandoned } -TimeoutSeconds 60
            Use-SharedLock $lock { $lock.WasAbandoned }
            """);
        Assert.Empty(result.Errors);
        Assert.Equal([true, false], result.Output.Select(static item => item.BaseObject));
        Assert.Contains("died without releasing it", Assert.Single(result.Streams.Warning).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Use-SharedLock $lock { 'never' }", true)]
    [InlineData("Use-SharedLock $lock { while ($true) { Start-Sleep -Milliseconds 5 } }", false)]
    public async Task Stopping_ends_the_wait_or_the_script_block_and_leaves_the_lock_free(string script, bool isHeld)
    {
        SharedLock target = (SharedLock)session.One("$s.Lock()")!;
        if (isHeld)
        {
            target.Acquire();
        }

        using ShellSession other = new();
        using PowerShell shell = PowerShell.Create(other.Runspace);
        Task run = shell.AddScript("param($lock) " + script).AddArgument(target).InvokeAsync();
        Until.True(() => shell.InvocationStateInfo.State == PSInvocationState.Running && (isHeld || target.IsLocked), "it runs", 60);
        Stopwatch clock = Stopwatch.StartNew();
        await shell.StopAsync(null, null);
        await Assert.ThrowsAsync<PipelineStoppedException>(() => run);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        if (isHeld)
        {
            target.Release();
        }

        Assert.True(target.Acquire(0));
    }

    [Fact]
    public void A_lock_that_the_script_block_released_is_an_error_unless_there_is_one_already()
    {
        Assert.Equal("LockNotHeld,ProcessTools.Commands.UseSharedLockCommand", session.ErrorOf(Setup + "Use-SharedLock $lock { $lock.Release() }").FullyQualifiedErrorId);
        Assert.Equal("first", session.ErrorOf(Setup + "Use-SharedLock $lock { $lock.Release(); throw 'first' }").Exception.Message);
    }
}

using System.Management.Automation;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Invoke-ProcessPool: what an item leaves behind, which is nothing, and what ends it.</summary>
public sealed class InvokePoolScopeTests(PoolSession session) : PoolTest(session)
{
    // One worker and one chunk: the items run one after another in the same process.
    private const string Together = "-ThrottleLimit 1 -ChunkSize 100 -Pool $pool";

    [Fact]
    public void A_variable_of_one_item_is_not_seen_by_the_next()
    {
        Assert.Equal(["1 first", "2 first", "3 first"], All($"1..3 | Invoke-ProcessPool {{ if ($null -eq $mine) {{ \"$_ first\" }} else {{ \"$_ sees $mine\" }}; $mine = $_; $script:mine2 = $_ }} {Together}"));
        Assert.Equal([1, 1, 1], All($"1..3 | Invoke-ProcessPool {{ $n += 1; $n }} {Together}"));
        Assert.Equal([true, true], All($"1..2 | Invoke-ProcessPool {{ $null -eq $ErrorActionPreferenceOfItem; $ErrorActionPreferenceOfItem = 1; $ErrorActionPreference = 'Stop' }} {Together}"));
        Assert.Equal(["Continue", "Continue"], All($"1..2 | Invoke-ProcessPool {{ \"$ErrorActionPreference\"; $ErrorActionPreference = 'Stop' }} {Together}"));
    }

    [Fact]
    public void Functions_of_one_item_are_not_seen_by_the_next()
    {
        Assert.Equal([0, 0], All($"1..2 | Invoke-ProcessPool {{ @(Get-Command -Name OfThisItem -ErrorAction Ignore).Count; function OfThisItem {{ 1 }} }} {Together}"));
    }

    [Fact]
    public void The_location_is_that_of_the_caller_for_each_item()
    {
        string folder = NewFolder().Path;
        string outer = NewFolder().Path;
        object?[] locations = All(
            $"param($folder, $outer) $old = $ExecutionContext.SessionState.Path.CurrentLocation; $null = $ExecutionContext.SessionState.Path.SetLocation($outer);"
            + $" 1..3 | Invoke-ProcessPool {{ \"$($ExecutionContext.SessionState.Path.CurrentLocation)\"; $null = $ExecutionContext.SessionState.Path.SetLocation($using:folder) }} {Together}; $null = $ExecutionContext.SessionState.Path.SetLocation($old)",
            folder,
            outer);
        Assert.Equal(3, locations.Length);
        Assert.Single(locations.Distinct());
        Assert.NotEqual(folder, locations[0]);
    }

    [Fact]
    public void Using_values_are_copies_and_the_callers_stay_as_they_are()
    {
        Assert.Equal([1, 0], All("$list = [Collections.Generic.List[int]]::new(); 1 | Invoke-ProcessPool { ($using:list).Add(5); ($using:list).Count } -Pool $pool; $list.Count"));
        Assert.Equal(["mine"], All("$x = 'mine'; 1 | Invoke-ProcessPool { $x = 'of the item'; $global:x = 'of the worker' } -Pool $pool; $x"));
    }

    [Theory]
    [InlineData("if ($_ -eq 2) { return }; $_")]
    [InlineData("if ($_ -eq 2) { break }; $_")]
    [InlineData("if ($_ -eq 2) { continue }; $_")]
    [InlineData("if ($_ -eq 2) { break nolabel }; $_")]
    [InlineData("if ($_ -eq 2) { & { break } }; $_")]
    [InlineData("foreach ($x in 1) { if ($_ -eq 2) { return } }; $_")]
    [InlineData("try { if ($_ -eq 2) { return } } finally { $null = 1 }; $_")]
    public void Return_break_and_continue_end_their_item_alone(string script)
    {
        Assert.Equal([1, 3], All($"1..3 | Invoke-ProcessPool {{ {script} }} {Together}"));
    }

    [Fact]
    public void Return_gives_its_value_and_what_was_written_before_is_there()
    {
        Assert.Equal(["a1", "r1", "a2", "r2"], All($"1..2 | Invoke-ProcessPool {{ \"a$_\"; return \"r$_\"; 'never' }} {Together}"));
        Assert.Equal(["a1", "a2"], All($"1..2 | Invoke-ProcessPool {{ \"a$_\"; break; 'never' }} {Together}"));
    }

    [Fact]
    public void Exit_is_an_error_of_its_item_that_names_the_code_and_the_worker_stays()
    {
        int[] before = [.. Pool.Workers.Select(worker => worker.ProcessId)];
        ErrorRecord error = ErrorOf($"1 | Invoke-ProcessPool {{ exit 42 }} {Together}");
        Assert.Equal("TaskExited", IdOf(error));
        Assert.Contains("exit 42", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, One($"1 | Invoke-ProcessPool {{ $_ }} {Together}"));
        Assert.Equal(before, Pool.Workers.Select(worker => worker.ProcessId));
    }

    [Fact]
    public void An_initialization_script_runs_once_a_worker_in_a_scope_of_this_command()
    {
        // A limit of one at a time says nothing of which worker it is.
        Assert.Equal(
            [1, 2, 3],
            All("$one = New-ProcessPool -Size 1; 1..3 | Invoke-ProcessPool { $script:count++; $script:count } -InitializationScript { $script:count = 0 } -ChunkSize 100 -Pool $one; Remove-ProcessPool $one"));
        Assert.Equal(["from 5"], All("$k = 5; 1 | Invoke-ProcessPool { Get-Prepared } -InitializationScript { function Get-Prepared { \"from $prepared\" }; $prepared = $using:k } -Pool $pool"));
        Assert.Equal("CommandNotFoundException", IdOf(ErrorOf("1 | Invoke-ProcessPool { Get-Prepared } -Pool $pool")));
        Assert.Equal([true], All("1 | Invoke-ProcessPool { $null -eq $prepared } -Pool $pool"));
    }

    [Fact]
    public void An_initialization_script_that_throws_ends_the_command_with_its_error_and_the_pool_stays()
    {
        ErrorRecord error = ErrorOf("1..100 | Invoke-ProcessPool { $_ } -InitializationScript { throw [IO.FileNotFoundException]::new('no configuration') } -Pool $pool");
        Assert.Equal("PoolInitializationFailed", IdOf(error));
        Assert.Contains("no configuration", error.Exception.Message, StringComparison.Ordinal);
        Assert.IsType<FileNotFoundException>(error.Exception.GetBaseException());
        Assert.Equal(1, One("1 | Invoke-ProcessPool { $_ } -Pool $pool"));
    }
}

using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Invoke-ProcessPool: input, arguments, output and its order.</summary>
public sealed class InvokePoolTests(PoolSession session) : PoolTest(session)
{
    [Theory]
    [InlineData("")]
    [InlineData("-ChunkSize 1")]
    [InlineData("-ChunkSize 7")]
    [InlineData("-ChunkSize 5000")]
    [InlineData("-ThrottleLimit 1")]
    [InlineData("-Pool $pool")]
    public void Results_come_in_the_order_of_the_input(string parameters)
    {
        Assert.Equal(Enumerable.Range(1, 2000).Select(n => (object)(n * 2)), All($"1..2000 | Invoke-ProcessPool {{ $_ * 2 }} {parameters}"));
    }

    [Fact]
    public void Unordered_results_come_as_items_finish()
    {
        ProcessQueue gate = NewQueue();
        Assert.Equal(
            ["9 early", "late"],
            All(
                """
                param($gate)
                $n = 0
                $results = 0..9 | Invoke-ProcessPool { if ($_ -eq 0) { ($using:gate).Get(60) } else { $_ } } -Unordered -Pool $pool | ForEach-Object { if (++$n -eq 9) { $gate.Put('late') }; $_ }
                "$(@($results[0..8] | Where-Object { $_ -in 1..9 }).Count) early"
                $results[9]
                """,
                gate));
        Assert.Equal(Enumerable.Range(1, 1000), All("1..1000 | Invoke-ProcessPool { $_ } -Unordered").Cast<int>().Order());
    }

    [Fact]
    public void Results_are_streamed_while_later_items_run()
    {
        ProcessQueue gate = NewQueue();
        Assert.Equal(
            ["first", "second"],
            All("param($gate) 'first', 'second' | Invoke-ProcessPool { if ($_ -eq 'second') { $null = ($using:gate).Get(60) }; $_ } -Pool $pool | ForEach-Object { $gate.Put('the first one is here'); $_ }", gate));
    }

    [Fact]
    public void An_items_output_is_complete_and_together_even_if_it_is_none_or_much()
    {
        Assert.Equal(
            ["1.1", "3.1", "3.2", "3.3", "2.1", "2.2"],
            All("1, 0, 3, 0, 2 | Invoke-ProcessPool { for ($i = 1; $i -le $_; $i++) { \"$_.$i\" } }"));
        Assert.Equal(
            Enumerable.Range(0, 6).SelectMany(item => Enumerable.Range(0, 3000).Select(n => (object)((item * 3000) + n))),
            All("0..5 | Invoke-ProcessPool { for ($i = 0; $i -lt 3000; $i++) { $_ * 3000 + $i } } -Pool $pool -ChunkSize 1"));
        foreach (IGrouping<int, int> run in All("0..5 | Invoke-ProcessPool { for ($i = 0; $i -lt 300; $i++) { $_ * 1000 + $i } } -Pool $pool -Unordered").Cast<int>().GroupBy(n => n / 1000))
        {
            Assert.Equal(Enumerable.Range(0, 300), run.Select(n => n % 1000));
        }
    }

    [Theory]
    [InlineData("5 | Invoke-ProcessPool { $_ }", 5)]
    [InlineData("5 | Invoke-ProcessPool { $PSItem }", 5)]
    [InlineData("5 | Invoke-ProcessPool { $args[0] }", 5)]
    [InlineData("5 | Invoke-ProcessPool { param($x) $x }", 5)]
    [InlineData("5 | Invoke-ProcessPool { param($x) \"$x $_ $PSItem $args\" } -ArgumentList a, b", "5 5 5 a b")]
    [InlineData("5 | Invoke-ProcessPool { param($x, $y) \"$x $y $($args.Count)\" } -ArgumentList a", "5 a 0")]
    [InlineData("5 | Invoke-ProcessPool { [CmdletBinding()] param([int] $x, [string] $y) \"$x $y $_\" } -ArgumentList a", "5 a 5")]
    [InlineData("5 | Invoke-ProcessPool { param([Parameter(Mandatory)] [ValidateRange(1, 9)] [int] $x) $x }", 5)]
    [InlineData("5 | Invoke-ProcessPool { \"<$input>\" }", "<>")]
    [InlineData("Invoke-ProcessPool { $_ * 2 } -InputObject 21", 42)]
    [InlineData("$k = 7; 6 | Invoke-ProcessPool { $_ * $using:k }", 42)]
    [InlineData("$h = @{ a = @{ b = 3 } }; 1 | Invoke-ProcessPool { $using:h.a.b }", 3)]
    [InlineData("$h = @(1, 2, 3); 1 | Invoke-ProcessPool { $using:h[2] }", 3)]
    [InlineData("$one = 1; 2 | Invoke-ProcessPool { $one + $_ } -Variable one", 3)]
    [InlineData("1 | Invoke-ProcessPool { & { $_ } }", 1)]
    [InlineData("1 | Invoke-ProcessPool { 7 | ForEach-Object { $_ } }", 7)]
    [InlineData("1 | Invoke-ProcessPool { begin { $n = 1 } process { $n + $_ } end { } }", 2)]
    [InlineData("1 | Invoke-ProcessPool { [ProcessTools.WorkerContext]::PoolDepth } -Pool $pool", 1)]
    [InlineData("(1 | Invoke-ProcessPool { [ProcessTools.WorkerContext]::PoolName } -Pool $pool) -eq $pool.Name", true)]
    public void The_item_reaches_the_script_block_in_every_way(string script, object expected)
    {
        Assert.Equal(expected, One(script));
    }

    [Theory]
    [InlineData(", @(1, 2) | Invoke-ProcessPool { param($a, $b) \"$a-$b\" } -Splat", "1-2")]
    [InlineData("@{ b = 2; a = 1 } | Invoke-ProcessPool { param($a, $b) \"$a-$b\" } -Splat", "1-2")]
    [InlineData("[ordered]@{ b = 2; a = 1 } | Invoke-ProcessPool { param($a, $b) \"$a-$b\" } -Splat", "1-2")]
    [InlineData(", @(1, 2) | Invoke-ProcessPool { param($a, $b, $c) \"$a-$b-$c\" } -Splat -ArgumentList 3", "1-2-3")]
    [InlineData("@{ a = 1 } | Invoke-ProcessPool { param($a, $b) \"$a-$b\" } -Splat -ArgumentList 3", "1-3")]
    [InlineData("5 | Invoke-ProcessPool { param($a) \"$a\" } -Splat", "5")]
    [InlineData("'text' | Invoke-ProcessPool { param($a) \"$a\" } -Splat", "text")]
    [InlineData(", @(1, 2) | Invoke-ProcessPool { param($a) \"$($a.Count)\" }", "2")]
    [InlineData("@{ a = 1; b = 2 } | Invoke-ProcessPool { param($a) \"$($a.b)\" }", "2")]
    public void Splat_unpacks_lists_and_dictionaries(string script, string expected)
    {
        Assert.Equal(expected, One(script));
    }

    [Fact]
    public void Nothing_null_and_empty_arrays_are_what_they_are()
    {
        Assert.Empty(All("@() | Invoke-ProcessPool { 'never' }"));
        Assert.Equal(["null", "null"], All("$null, $null | Invoke-ProcessPool { if ($null -eq $_) { 'null' } else { $_ } }"));
        Assert.Equal(["0", "1", "Hashtable"], All("@(), @(5), @{} | Invoke-ProcessPool { if ($_ -is [array]) { \"$($_.Count)\" } else { $_.GetType().Name } }"));
        Assert.Equal([1, null, 2], All("1, 2 | Invoke-ProcessPool { if ($_ -eq 1) { 1; $null } else { $_ } }"));
        Assert.Equal(["Object[] 0"], All("1 | Invoke-ProcessPool { , @() } | ForEach-Object { \"$($_.GetType().Name) $($_.Count)\" }"));
    }

    [Fact]
    public void Items_of_a_mebibyte_arrive_whole()
    {
        Assert.Equal(
            Enumerable.Range(0, 8).Select(n => (object)$"1048576 {n} {n}"),
            All("0..7 | ForEach-Object { $b = [byte[]]::new(1MB); $b[0] = $b[-1] = $_; , $b } | Invoke-ProcessPool { , $_ } | ForEach-Object { \"$($_.Length) $($_[0]) $($_[-1])\" }"));
        Assert.Equal([1_000_000, 1_000_001], All("('x' * 1000000), ('y' * 1000001) | Invoke-ProcessPool { $_.Length }"));
    }

    [Fact]
    public void Functions_classes_modules_and_aliases_travel()
    {
        Assert.Equal(["<a>", "<b>"], All("function Inner($x) { \"<$x>\" }; function Outer($x) { Inner $x }; 'a', 'b' | Invoke-ProcessPool { Outer $_ }"));
        Assert.Equal([11, 12], All("class Adder { [int] $N; Adder($n) { $this.N = $n } [int] Add($x) { return $this.N + $x } }\n1, 2 | Invoke-ProcessPool { [Adder]::new(10).Add($_) }"));
        Assert.Equal([4], All("filter Twice { $_ * 2 }; $null = $ExecutionContext.InvokeProvider.Item.Set('alias:tw', 'Twice'); 2 | Invoke-ProcessPool { $_ | tw }"));
        string module = NewFolder().Write("Elsewhere.psm1", "$script:calls = 0\nfunction Get-FromModule { $script:calls++; \"module $args\" }\nfunction Get-Private { 'private' }\nExport-ModuleMember Get-FromModule");
        Assert.Equal(["module 1", "module 2"], All("param($m) Import-Module $m; 1, 2 | Invoke-ProcessPool { Get-FromModule $_ }; Remove-Module Elsewhere", module));
        Assert.Equal(["module 1"], All("param($m) 1 | Invoke-ProcessPool { Get-FromModule $_ } -Module $m", module));
        ErrorRecord error = ErrorOf("function NotTaken { 1 }; 1 | Invoke-ProcessPool { NotTaken } -NoImport");
        Assert.Equal("CommandNotFoundException", IdOf(error));
        Assert.Equal([1], All("function Taken { 1 }; 1 | Invoke-ProcessPool { Taken } -NoImport -Function Taken"));
    }

    [Fact]
    public void Scripts_of_the_same_names_do_not_see_each_other_in_a_warm_pool()
    {
        Assert.Equal(["first 1"], All("function Tell($x) { \"first $x\" }; 1 | Invoke-ProcessPool { Tell $_ } -Pool $pool"));
        Assert.Equal(["second 1"], All("function Tell($x) { \"second $x\" }; 1 | Invoke-ProcessPool { Tell $_ } -Pool $pool"));
        ErrorRecord error = ErrorOf("$null = $ExecutionContext.InvokeProvider.Item.Remove('function:Tell', $false, $true, $true); 1 | Invoke-ProcessPool { Tell $_ } -Pool $pool");
        Assert.Equal("CommandNotFoundException", IdOf(error));
        Assert.Equal(["a", "b"], All("$v = 'a'; 1 | Invoke-ProcessPool { $using:v } -Pool $pool; $v = 'b'; 1 | Invoke-ProcessPool { $using:v } -Pool $pool"));
    }

    [Fact]
    public void Two_and_three_commands_in_a_pipeline_stream_into_each_other()
    {
        Assert.Equal(Enumerable.Range(1, 300).Select(n => (object)((n * 2) + 1)), All("1..300 | Invoke-ProcessPool { $_ * 2 } | Invoke-ProcessPool { $_ + 1 }"));
        Assert.Equal(Enumerable.Range(1, 300).Select(n => (object)$"<{(n * 2) + 1}>"), All("1..300 | Invoke-ProcessPool { $_ * 2 } | Invoke-ProcessPool { $_ + 1 } | Invoke-ProcessPool { \"<$_>\" } -Pool $pool"));
        Assert.Equal(
            Enumerable.Range(1, 300).Select(n => (object)((n * 2) + 1)),
            All("1..300 | Invoke-ProcessPool { $_ * 2 } -Pool $pool | Invoke-ProcessPool { $_ + 1 } -Pool $pool"));
    }

    [Fact]
    public void A_later_command_runs_while_an_earlier_one_still_does()
    {
        ProcessQueue gate = NewQueue();
        Assert.Equal(
            ["<1>", "<2>"],
            All("param($gate) 1, 2 | Invoke-ProcessPool { if ($_ -eq 2) { $null = ($using:gate).Get(60) }; $_ } -Pool $pool | Invoke-ProcessPool { if ($_ -eq 1) { ($using:gate).Put('the second command has the first item') }; \"<$_>\" }", gate));
    }

    [Fact]
    public void A_slow_consumer_and_a_slow_item_hold_back_the_input()
    {
        // The first item waits; the others end at once, so the input runs ahead as far as it may.
        ProcessQueue gate = NewQueue();
        long[] read = [0];
        Background<ShellResult> command = Background.Run(() => Shell.TryRun(
            """
            param($gate, $read)
            $n = 0
            & { while ($true) { $read[0]++; $read[0] } } | Invoke-ProcessPool { if ($_ -eq 1) { $null = ($using:gate).Get(60) }; $_ } -Pool $pool |
                ForEach-Object { if (++$n -eq 10) { throw 'enough' }; $_ }
            """,
            gate,
            read));
        long last = -1;
        System.Diagnostics.Stopwatch quiet = System.Diagnostics.Stopwatch.StartNew();
        Until.True(
            () =>
            {
                long now = Volatile.Read(ref read[0]);
                if (now != last)
                {
                    last = now;
                    quiet.Restart();
                }

                return now > 0 && quiet.ElapsedMilliseconds > 500;
            },
            "the input is held back",
            60);
        Assert.InRange(last, 2, 200_000);
        gate.Put("go");
        Assert.Equal("enough", IdOf(Assert.Single(command.Result.Errors)));
        Assert.Equal(Enumerable.Range(1, 9).Select(n => (long)n), Bare(command.Result.Output).Cast<long>());
    }

    [Fact]
    public void A_record_for_each_item_says_what_became_of_it()
    {
        ShellResult result = Shell.TryRun(
            """
            1..5 | Invoke-ProcessPool {
                if ($_ -eq 2) { throw [IO.FileNotFoundException]::new('gone') }
                if ($_ -eq 3) { [Environment]::Exit(7) }
                if ($_ -eq 4) { exit 4 }
                if ($_ -eq 5) { [void][int]::Parse('x') }
                "out $_"; $PID
            } -AsRecord -Pool $pool
            """);
        Assert.Empty(result.Errors);
        PoolItemRecord[] records = [.. Bare(result.Output).Cast<PoolItemRecord>()];
        Assert.Equal([0, 1, 2, 3, 4], records.Select(record => record.Index));
        Assert.Equal([1, 2, 3, 4, 5], records.Select(record => Bare(record.Input)));
        Assert.Equal([ProcessTaskState.Completed, ProcessTaskState.Failed, ProcessTaskState.Crashed, ProcessTaskState.Failed, ProcessTaskState.Completed], records.Select(record => record.Status));
        Assert.Equal(["no error", "System.IO.FileNotFoundException", "WorkerCrashed", "TaskExited", "no error"], records.Select(record => record.Error?.Exception is FileNotFoundException ? "System.IO.FileNotFoundException" : IdOf(record.Error)));
        Assert.Equal(["out 1", records[0].Worker], records[0].Output.Select(Bare));
        Assert.Equal(["out 5", records[4].Worker], records[4].Output.Select(Bare));
        Assert.Equal("FormatException", IdOf(Assert.Single(records[4].Errors)));
        Assert.Same(records[1].Error, records[1].Errors[^1]);
        Assert.All(records, record => Assert.Equal(1, record.Attempts));
        Assert.All(records, record => Assert.NotNull(record.Worker));
        Assert.All(records, record => Assert.InRange(record.Seconds, 0, 60));
        Assert.InRange(records[0].Started!.Value, DateTime.Now.AddMinutes(-2), DateTime.Now);
    }
}

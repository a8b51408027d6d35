using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>The methods of a pool, as scripts call them.</summary>
public sealed class PoolMethodTests(PoolSession session) : PoolTest(session)
{
    [Fact]
    public void Program_10_callbacks_of_five_tasks_have_run_after_join()
    {
        object?[] said = All(
            """
            $said = [Collections.Generic.List[object]]::new()
            $own = New-ProcessPool -Size 2
            foreach ($i in 0..4) {
                $null = $own.ApplyAsync({ param($name) if ($name -eq '3') { throw "no $name" }; "process start: $name" }, @("$($i + 1)"), { $said.Add("done $_") }, { $said.Add("failed $_") })
            }
            $own.Close(); $own.Join()
            $said
            """);
        Assert.Equal(
            ["done process start: 1", "done process start: 2", "done process start: 4", "done process start: 5", "failed no 3"],
            said.Cast<string>().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Program_11_apply_five_times_one_after_another()
    {
        Assert.Equal(
            ["process start: 1", "process start: 2", "process start: 3", "process start: 4", "process start: 5"],
            All("foreach ($i in 1..5) { $pool.Apply({ param($name) \"process start: $name\" }, @(\"$i\")) }"));
    }

    [Fact]
    public void Program_12_map_map_async_and_the_cmdlet_give_the_same()
    {
        Assert.Equal([2, 4, 6, 8], All("$pool.Map({ $_ * 2 }, 1..4)"));
        Assert.Equal([2, 4, 6, 8], All("$got = [Collections.Generic.List[object]]::new(); $own = New-ProcessPool -Size 1; $null = $own.MapAsync({ $_ * 2 }, 1..4, { $got.AddRange($_) }); $own.Close(); $own.Join(); $got"));
        Assert.Equal([2, 4, 6, 8], All("1..4 | Invoke-ProcessPool { $_ * 2 } -Pool $pool"));
    }

    [Fact]
    public void Program_13_submit_result_and_shutdown()
    {
        Assert.Equal(
            ["1 0", "2 1", "3 2", "4 3", "5 4"],
            All(
                """
                $own = New-ProcessPool -Size 2
                $futures = foreach ($i in 0..4) { $own.Submit({ param($n, $m) "$n $m" }, "$($i + 1)", "$i") }
                foreach ($f in $futures) { $f.Result }
                $own.Close(); $own.Join()
                """));
        Assert.Equal("1 0", One("$pool.SubmitNamed({ param($m, $n) \"$n $m\" }, @{ n = 1; m = 0 }).Result"));
        Assert.Equal(Environment.ProcessorCount, One("$own = New-ProcessPool; $own.Size; $own.Terminate()"));
    }

    [Fact]
    public void Program_14_pairs_are_unpacked()
    {
        const string Pairs = "$pairs = foreach ($i in 0..4) { foreach ($j in 0..4) { , @($i, $j) } }; ";
        string[] expected = [.. Enumerable.Range(0, 25).Select(n => $"{n / 5}-{n % 5}")];
        Assert.Equal(expected, All(Pairs + "$pool.StarMap({ param($i, $j) \"$i-$j\" }, $pairs)"));
        Assert.Equal(expected, All(Pairs + "$pool.StarMapAsync({ param($i, $j) \"$i-$j\" }, $pairs).Result"));
        Assert.Equal(expected, All(Pairs + "$pairs | Invoke-ProcessPool { param($i, $j) \"$i-$j\" } -Splat -Pool $pool"));
    }

    [Theory]
    [InlineData("$pool.Apply({ }) -eq $null", true)]
    [InlineData("$pool.Apply({ 5 })", 5)]
    [InlineData("$pool.Apply({ 5; 6 }).GetType().Name", "Object[]")]
    [InlineData("$pool.Apply({ , @(1, 2) }).Count", 2)]
    [InlineData("$pool.Apply({ \"$_ $args\" }, @('a', 'b'))", "a a b")]
    [InlineData("$pool.Apply({ param($x, $y) \"$x $y\" }, @(1), @{ y = 2 })", "1 2")]
    [InlineData("$pool.Apply({ param($x, $y = 'd') \"$x $y\" }, $null, @{ x = 'n' })", "n d")]
    [InlineData("$k = 7; $pool.Apply({ param($x) $x * $using:k }, @(6))", 42)]
    [InlineData("function Twice($x) { 2 * $x }; $pool.Apply({ param($x) Twice $x }, @(4))", 8)]
    [InlineData("$pool.Submit({ \"$_ $args\" }, 'a', 'b').Result", "a a b")]
    [InlineData("$pool.Submit({ $args.Count }).Result", 0)]
    [InlineData("$pool.Submit({ param($x) $x.Count }, (, @(1, 2, 3))).Result", 3)]
    [InlineData("$pool.SubmitNamed({ [CmdletBinding()] param([Parameter(Mandatory)] [int] $X) $X + 1 }, @{ X = '41' }).Result", 42)]
    [InlineData("$pool.ApplyAsync({ $_ }, @('later')).Result", "later")]
    public void A_task_has_its_arguments_and_gives_its_output(string script, object expected)
    {
        Assert.Equal(expected, One(script));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Map_keeps_the_order_for_any_chunk_size(int chunk)
    {
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (object)(n * n)), All("param($chunk) $pool.Map({ $_ * $_ }, 1..100, $chunk)", chunk));
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (object)(n * n)), All("param($chunk) $pool.IMap({ $_ * $_ }, 1..100, $chunk)", chunk));
        Assert.Equal(Enumerable.Range(1, 100).Select(n => n * n), All("param($chunk) $pool.IMapUnordered({ $_ * $_ }, 1..100, $chunk)", chunk).Cast<int>().Order());
    }

    [Fact]
    public void Map_has_one_element_for_each_item()
    {
        object?[] results = Assert.IsType<object?[]>(One("param($keep) $r = $pool.Map({ for ($i = 0; $i -lt $_; $i++) { \"$_.$i\" } }, @(0, 1, 3)); , $r"));
        Assert.Equal(3, results.Length);
        Assert.Null(results[0]);
        Assert.Equal("1.0", Bare(results[1]));
        Assert.Equal(["3.0", "3.1", "3.2"], Assert.IsType<object?[]>(Bare(results[2])).Select(Bare));
    }

    [Fact]
    public void Map_of_nothing_is_nothing_and_of_one_object_is_one()
    {
        Assert.Equal(0, One("$pool.Map({ 1 }, @()).Count"));
        Assert.Equal(0, One("$pool.MapAsync({ 1 }, @()).Result.Count"));
        Assert.Empty(All("$pool.IMap({ 1 }, @())"));
        Assert.Empty(All("$pool.IMapUnordered({ 1 }, @())"));
        Assert.Equal("<text>", One("$pool.Map({ \"<$_>\" }, 'text')"));
        Assert.Equal(["<1>", "<>", "<3>"], All("$pool.Map({ \"<$_>\" }, @(1, $null, 3))"));
    }

    [Fact]
    public void Map_throws_the_first_failed_items_error_when_all_have_ended()
    {
        ProcessQueue done = NewQueue();
        ErrorRecord error = ErrorOf(
            "param($done) $pool.Map({ param($x) if ($x -in 3, 7) { throw [IO.FileNotFoundException]::new(\"no $x\") }; ($using:done).Put($x) }, 1..10, 1)", done);
        Assert.Equal("no 3", Assert.IsType<FileNotFoundException>(error.Exception.GetBaseException()).Message);
        Assert.Equal(8, done.Count);
        Assert.Equal("caught no 3", One("try { $pool.Map({ throw [IO.FileNotFoundException]::new('no 3') }, @(3)) } catch [System.IO.FileNotFoundException] { \"caught $($_.Exception.Message)\" }"));
    }

    [Fact]
    public void Callbacks_of_a_map_get_the_whole_array_or_the_first_error()
    {
        Assert.Equal(
            ["3 results", "no callback", "error no 2"],
            All(
                """
                $said = [Collections.Generic.List[object]]::new()
                $own = New-ProcessPool -Size 1
                $null = $own.MapAsync({ $_ }, 1..3, { param($all) $said.Add("$($all.Count) results") }, { $said.Add('no error') }).Wait()
                $null = $own.MapAsync({ if ($_ -ge 2) { throw "no $_" } }, 1..3, { $said.Add('results') }, { $said.Add("error $_") }).Wait()
                $own.Close(); $own.Join()
                $said[0]; if ($said -notcontains 'results') { 'no callback' }; $said[1]
                """));
    }

    [Fact]
    public void Callbacks_get_what_the_task_wrote_as_first_argument_and_as_the_item()
    {
        Assert.Equal(
            ["one: 1 1", "several: 2", "nothing: True", "error: my id"],
            All(
                """
                $said = [Collections.Generic.List[object]]::new()
                $own = New-ProcessPool -Size 1
                $null = @(
                    $own.ApplyAsync({ 1 }, $null, { param($r) $said.Add("one: $r $_") })
                    $own.ApplyAsync({ 1; 2 }, $null, { param($r) $said.Add("several: $($r.Count)") })
                    $own.ApplyAsync({ }, $null, { param($r) $said.Add("nothing: $($null -eq $r)") })
                    $own.ApplyAsync({ throw 'my id' }, $null, { $said.Add('never') }, { param($e) $said.Add("error: $($e.FullyQualifiedErrorId)") })
                )
                $own.Close(); $own.Join()
                foreach ($start in 'one', 'several', 'nothing', 'error') { $said -like "${start}:*" }
                if ($said.Count -ne 4) { "too many: $said" }
                """));
    }

    [Fact]
    public void A_callback_that_throws_is_a_non_terminating_error_and_the_others_run()
    {
        ShellResult result = Shell.TryRun(
            """
            $said = [Collections.Generic.List[object]]::new()
            $own = New-ProcessPool -Size 1
            foreach ($i in 1..3) { $null = $own.ApplyAsync({ $_ }, @($i), { if ($_ -eq 2) { throw 'in callback' }; $said.Add($_) }) }
            $own.Close(); $own.Join()
            $said
            """);
        Assert.Equal([1, 3], Bare(result.Output));
        Assert.Contains("in callback", Assert.Single(result.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_callback_may_use_the_pool_itself()
    {
        Assert.Equal(
            [20, 40],
            All(
                """
                $said = [Collections.Generic.List[object]]::new()
                $own = New-ProcessPool -Size 1
                $null = $own.ApplyAsync({ 10 }, $null, { $said.Add($own.Apply({ $_ * 2 }, @($_))); $null = $own.ApplyAsync({ 40 }, $null, { $said.Add($_) }) })
                while ($said.Count -lt 2) { $null = $own.Apply({ 1 }) }
                $own.Close(); $own.Join()
                $said
                """));
    }

    [Fact]
    public void Imap_reads_its_input_as_results_are_taken()
    {
        long[] read = [0];
        IEnumerable<object?> Endless()
        {
            while (true)
            {
                yield return Interlocked.Increment(ref read[0]);
            }
        }

        foreach (IEnumerable<object?> results in new[] { Pool.IMap(Script("$_"), Endless(), 1), Pool.IMapUnordered(Script("$_"), Endless(), 1) })
        {
            read[0] = 0;
            long taken = 0;
            foreach (object? result in results)
            {
                Assert.NotNull(result);
                if (++taken == 20)
                {
                    break;
                }
            }

            // What a call has with workers, and what has come back and was not taken (PoolStream).
            Assert.InRange(read[0], 20, (16 * 1024) + 100_000);
        }

        Assert.Equal(1, One("$pool.Apply({ 1 })"));
    }

    [Fact]
    public void Imap_throws_an_items_error_in_its_place_and_goes_on()
    {
        using IEnumerator<object?> results = Pool.IMap(Script("if ($_ -eq 2) { throw \"no $_\" }; $_"), Enumerable.Range(1, 3), 1).GetEnumerator();
        Assert.True(results.MoveNext());
        Assert.Equal(1, Bare(results.Current));
        ProcessTaskException error = Assert.Throws<ProcessTaskException>(() => results.MoveNext());
        Assert.Equal("no 2", error.Message);
        Assert.True(results.MoveNext());
        Assert.Equal(3, Bare(results.Current));
        Assert.False(results.MoveNext());
    }

    [Fact]
    public void Imap_unordered_gives_the_ready_ones_first()
    {
        ProcessQueue gate = NewQueue();
        IEnumerable<object?> results = Pool.IMapUnordered(Script("param($q) if ($q -is [int]) { $q } else { $null = $q.Get(60); 'late' }"), new object[] { gate, 1, 2, 3, 4, 5, 6, 7 }, 1);
        List<object?> got = [];
        foreach (object? result in results)
        {
            got.Add(Bare(result));
            if (got.Count == 7)
            {
                gate.Put("go");
            }
        }

        Assert.Equal("late", got[^1]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], got.SkipLast(1).Cast<int>().Order());
    }

    [Fact]
    public void An_input_that_throws_fails_the_call_and_leaves_the_pool_usable()
    {
        static IEnumerable<object?> Failing()
        {
            yield return 1;
            throw new InvalidOperationException("from the input");
        }

        ScriptBlock script = Script("$_");
        foreach (Action call in new Action[] { () => Pool.Map(script, Failing()), () => _ = Pool.MapAsync(script, Failing()), () => _ = Pool.IMap(script, Failing()).Count(), () => _ = Pool.IMapUnordered(script, Failing()).Count() })
        {
            Exception error = Assert.ThrowsAny<Exception>(call);
            Assert.Contains("from the input", error.GetBaseException().Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, One("$pool.Apply({ 1 })"));
    }

    [Fact]
    public void Star_map_takes_lists_of_arguments_and_named_ones()
    {
        Assert.Equal(["1 2", "3 4", "5 6"], All("$pool.StarMap({ param($a, $b) \"$a $b\" }, @(@(1, 2), @{ b = 4; a = 3 }, [ordered]@{ a = 5; b = 6 }))"));
    }
}

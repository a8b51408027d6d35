using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Wait-ProcessFuture.</summary>
public sealed class WaitFutureTests : PoolTest
{
    // Tasks that each wait for a gate of its own; the pool has a worker for each.
    private readonly ProcessQueue[] _gates;
    private readonly ProcessFuture[] _futures;

    public WaitFutureTests(PoolSession session)
        : base(session)
    {
        Pool.Resize(3);
        _gates = [NewQueue(), NewQueue(), NewQueue()];
        System.Management.Automation.ScriptBlock script = Script("param($gate) $text = $gate.Get(60); if ($text -like 'fail*') { throw $text }; $text");
        _futures = [.. _gates.Select(gate => Pool.Submit(script, gate))];
    }

    protected override void Dispose(bool disposing)
    {
        foreach (ProcessFuture future in _futures)
        {
            future.Cancel();
        }

        base.Dispose(disposing);
    }

    [Fact]
    public void All_are_waited_for_and_come_in_the_given_order()
    {
        Background<object?[]> wait = Background.Run(() => All("param($f) Wait-ProcessFuture $f[2], $f[0], $f[1]", [_futures]));
        _gates[0].Put("0");
        _gates[2].Put("fail 2");
        _futures[0].Wait();
        _futures[2].Wait();
        Assert.False(wait.EndsWithin(0.1));
        _gates[1].Put("1");
        Assert.Equal([_futures[2], _futures[0], _futures[1]], wait.Result);
        Assert.Equal([_futures[1], _futures[1], _futures[0]], All("param($f) $f[1], $f[1], $f[0] | Wait-ProcessFuture -All -TimeoutSeconds 60", [_futures]));
    }

    [Fact]
    public void Any_ends_with_the_first_one_that_is_done_in_whatever_way()
    {
        Background<object?[]> wait = Background.Run(() => All("param($f) $f | Wait-ProcessFuture -Any", [_futures]));
        Assert.False(wait.EndsWithin(0.1));
        _gates[1].Put("fail 1");
        Assert.Equal([_futures[1]], wait.Result);
        Assert.Equal([_futures[1]], All("param($f) $f | Wait-ProcessFuture -Any -TimeoutSeconds 60", [_futures]));
        _gates[0].Put("0");
        _futures[0].Wait();
        Assert.Equal([_futures[0], _futures[1]], All("param($f) $f | Wait-ProcessFuture -Any", [_futures]));
    }

    [Fact]
    public void As_completed_gives_each_once_when_it_is_done()
    {
        ProcessQueue seen = NewQueue();
        _gates[2].Put("2");
        _futures[2].Wait();
        Background<object?[]> wait = Background.Run(() => All("param($f, $seen) $f[0], $f[1], $f[2], $f[0], $f[2] | Wait-ProcessFuture -AsCompleted | ForEach-Object { $seen.Put($_.Id); $_ }", _futures, seen));
        Assert.Equal(_futures[2].Id, seen.Get(60));
        _gates[1].Put("1");
        Assert.Equal(_futures[1].Id, seen.Get(60));
        _gates[0].Put("fail 0");
        Assert.Equal(_futures[0].Id, seen.Get(60));
        Assert.Equal([_futures[2], _futures[1], _futures[0]], wait.Result);
        Assert.True(seen.IsEmpty);
    }

    [Fact]
    public void First_failure_ends_with_a_failure_or_when_all_are_done()
    {
        Background<object?[]> wait = Background.Run(() => All("param($f) $f | Wait-ProcessFuture -FirstFailure", [_futures]));
        _gates[0].Put("0");
        _futures[0].Wait();
        Assert.False(wait.EndsWithin(0.1));
        _gates[2].Put("fail 2");
        Assert.Equal([_futures[0], _futures[2]], wait.Result);
        _gates[1].Put("1");
        Assert.Equal([_futures[0], _futures[1]], All("param($f) $f[0], $f[1] | Wait-ProcessFuture -FirstFailure", [_futures]));
    }

    [Fact]
    public void A_cancelled_future_is_a_failure()
    {
        _futures[1].Cancel();
        Assert.Equal([_futures[1]], All("param($f) $f | Wait-ProcessFuture -FirstFailure", [_futures]));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("-All", 2)]
    [InlineData("-AsCompleted", 2)]
    [InlineData("-FirstFailure", 2)]
    public void When_the_time_is_over_an_error_says_how_many_are_unfinished(string how, int unfinished)
    {
        _gates[1].Put("1");
        _futures[1].Wait();
        ShellResult result = Shell.TryRun($"param($f) $f | Wait-ProcessFuture {how} -TimeoutSeconds 0.1", [_futures]);
        Assert.Equal([_futures[1]], Bare(result.Output));
        System.Management.Automation.ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("FutureTimeout", IdOf(error));
        Assert.Equal(System.Management.Automation.ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Contains($"{unfinished} of 3", error.Exception.Message, StringComparison.Ordinal);
        Assert.All([_futures[0], _futures[2]], future => Assert.Equal(ProcessTaskState.Running, future.State));
    }

    [Fact]
    public void Any_has_a_time_limit_too()
    {
        ShellResult result = Shell.TryRun("param($f) $f | Wait-ProcessFuture -Any -TimeoutSeconds 0.1", [_futures]);
        Assert.Empty(result.Output);
        Assert.Contains("3 of 3", Assert.Single(result.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Futures_of_several_pools_and_continuations_are_waited_for_together()
    {
        ProcessPool other = NewPool("-Size 1");
        _gates[0].Put("0");
        Assert.Equal(
            ["0", "other", "continued 0"],
            All("param($f, $other) $a = $other.Submit({ 'other' }); $c = $f[0].ContinueWith({ \"continued $($_.Result)\" }); Wait-ProcessFuture $f[0], $a, $c | ForEach-Object { $_.Result }", _futures, other));
    }

    [Fact]
    public void Nothing_to_wait_for_is_over_at_once()
    {
        Assert.Empty(All("@() | Wait-ProcessFuture"));
        Assert.Empty(All("@() | Wait-ProcessFuture -Any"));
        Assert.Empty(All("@() | Wait-ProcessFuture -AsCompleted"));
    }
}

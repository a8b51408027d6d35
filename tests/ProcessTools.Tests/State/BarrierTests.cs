using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Barriers between threads and processes, some of which are killed.</summary>
[Trait("Platform", "portable")]
public sealed class BarrierTests : SyncTest
{
    [Fact]
    public void All_go_on_together_each_with_a_number_of_its_own_round_after_round()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 4);
        Assert.Equal((4, 0, false), (one.Parties, one.Waiting, one.IsBroken));
        const int Rounds = 200;
        int[] arrived = new int[Rounds];
        int[] numbers = new int[Rounds];
        Background<bool>[] parties = [.. Enumerable.Range(0, 4).Select(_ => Background.Run(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                Interlocked.Increment(ref arrived[round]);
                Interlocked.Add(ref numbers[round], 1 << one.Wait(Ample));
                Assert.Equal(4, Volatile.Read(ref arrived[round]));
            }
        }))];
        Assert.All(parties, static party => Assert.True(party.Result));
        Assert.All(numbers, static sum => Assert.Equal(0b1111, sum));
        Assert.Equal((0, false), (one.Waiting, one.IsBroken));
    }

    [Fact]
    public void Processes_go_on_together()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        string[] rounds = [.. Enumerable.Repeat("wait:20", 50), "stay"];
        PeerProcess[] peers = [StartPeer("-", rounds), StartPeer("-", rounds)];
        for (int round = 0; round < 50; round++)
        {
            int[] numbers = [one.Wait(Ample), .. peers.Select(static peer => int.Parse(peer.ReadLine()[^1..], System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal([0, 1, 2], numbers.Order());
        }
    }

    [Fact]
    public void More_than_its_parties_may_come_in_turns()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 2);
        int passed = 0;
        Background<bool>[] visitors = [.. Enumerable.Range(0, 6).Select(_ => Background.Run(() =>
        {
            for (int round = 0; round < 100; round++)
            {
                Assert.InRange(one.Wait(Ample), 0, 1);
                Interlocked.Increment(ref passed);
            }
        }))];

        // The last two may be one and the same visitor's, who then waits for nobody.
        Until.True(() => visitors.Count(static visitor => visitor.EndsWithin(0)) >= 5, "all come and go", 30);
        one.Abort();
        Assert.True(passed >= 500);
    }

    [Fact]
    public void It_breaks_for_all_when_the_time_of_one_is_over_and_a_reset_makes_it_whole()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        Background<int> other = Waiter(one);
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal("BarrierBroken", Assert.Throws<BarrierBrokenException>(() => one.Wait(0.3)).ErrorId);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.29, 2);
        Assert.Throws<BarrierBrokenException>(() => other.Result);
        Assert.True(one.IsBroken);
        Assert.Throws<BarrierBrokenException>(() => one.Wait());
        one.Reset();
        Assert.False(one.IsBroken);
        Assert.Equal([0, 1, 2], Pass(one, 3));
    }

    [Fact]
    public void It_breaks_for_all_when_one_is_cancelled_and_when_it_is_aborted()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        Background<int> other = Waiter(one);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => one.Wait(Timeout.InfiniteTimeSpan, source.Token));
        Assert.Throws<BarrierBrokenException>(() => other.Result);
        one.Reset();
        other = Waiter(one);
        one.Abort();
        Assert.Throws<BarrierBrokenException>(() => other.Result);
        Assert.True(one.IsBroken);
    }

    [Fact]
    public void A_reset_sends_those_away_who_wait()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 2);
        Background<int> other = Waiter(one);
        one.Reset();
        Assert.Throws<BarrierBrokenException>(() => other.Result);
        Assert.Equal((0, false), (one.Waiting, one.IsBroken));
        Assert.Equal([0, 1], Pass(one, 2));
    }

    [Fact]
    public void One_that_is_killed_while_it_waits_breaks_it_for_the_others_soon()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        PeerProcess victim = StartPeer("-", "wait");
        Until.True(() => one.Waiting == 1, "it waits");
        Background<int> other = Waiter(one, 2);
        Stopwatch clock = Stopwatch.StartNew();
        victim.Kill();
        Assert.Contains("a party died", Assert.Throws<BarrierBrokenException>(() => other.Result).Message, StringComparison.Ordinal);
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void The_last_to_come_does_not_go_on_with_the_dead()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 2);
        PeerProcess victim = StartPeer("-", "wait");
        Until.True(() => one.Waiting == 1, "it waits");
        victim.Kill();
        AwaitDeath(victim);
        Assert.Throws<BarrierBrokenException>(() => one.Wait(Ample));
        one.Reset();
        Assert.Equal([0, 1], Pass(one, 2));
    }

    [Fact]
    public void One_of_the_last_round_that_is_killed_breaks_it_and_one_that_ends_does_not()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        PeerProcess victim = StartPeer("-", "wait", "stay");
        PeerProcess leaver = StartPeer("-", "wait");
        Assert.InRange(one.Wait(Ample), 0, 2);
        AwaitDeath(leaver);
        Background<int> waiter = Waiter(one);
        Assert.False(waiter.EndsWithin(0.4));
        victim.Kill();
        Assert.Contains("a party died", Assert.Throws<BarrierBrokenException>(() => waiter.Result).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(FaultPoint.BarrierListed), 1, false)]
    [InlineData(nameof(FaultPoint.BarrierWaiting), 1, false)]
    [InlineData(nameof(FaultPoint.MutexReleased), 1, false)]
    [InlineData(nameof(FaultPoint.BarrierListed), 2, false)]
    [InlineData(nameof(FaultPoint.BarrierDecided), 2, true)]
    [InlineData(nameof(FaultPoint.BarrierTold), 2, true)]
    [InlineData(nameof(FaultPoint.BarrierTurned), 2, true)]
    [InlineData(nameof(FaultPoint.MutexReleased), 2, true)]
    public void A_party_killed_at_a_step_breaks_it_or_lets_all_go_on(string step, int position, bool isPassed)
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        Background<int> first = Waiter(one);
        Background<int>? second = position == 2 ? Waiter(one, 2) : null;
        AwaitDeath(StartPeer($"{step}:kill:1", "wait"));
        second ??= Background.Run(() => one.Wait(Ample));
        foreach (Background<int> other in new[] { first, second })
        {
            if (isPassed)
            {
                Assert.InRange(other.Result, 0, 1);
            }
            else
            {
                Assert.Throws<BarrierBrokenException>(() => other.Result);
            }
        }

        // The killed one was there in the last round, if that passed.
        if (isPassed)
        {
            Assert.Throws<BarrierBrokenException>(() => one.Wait(Ample));
        }

        Assert.True(one.IsBroken);
        one.Reset();
        Assert.Equal([0, 1, 2], Pass(one, 3));
    }

    [Fact]
    public void The_last_runs_the_action_before_the_others_go_on()
    {
        using Runspace runspace = OpenRunspace();
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 2);
        Background<int> other = Waiter(one);
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim goOn = new();
        using PowerShell shell = PowerShell.Create(runspace);
        IAsyncResult call = Begin(shell, one, "$inside.Set(); $goOn.Wait(); $global:ran = 'ran'", inside, goOn, "$b.Wait(); $global:ran");
        Assert.True(inside.Wait(Ample, TestContext.Current.CancellationToken));

        // Another round's visitor waits for its turn meanwhile.
        Background<int> next = Background.Run(() => one.Wait(Ample));
        Assert.False(other.EndsWithin(0.05));
        goOn.Set();
        Assert.Equal(0, other.Result);
        Assert.Equal([1, "ran"], shell.EndInvoke(call).Select(static item => item.BaseObject));
        Assert.Equal(1, one.Wait(Ample) + next.Result);
    }

    [Fact]
    public void An_action_that_throws_breaks_it_and_its_error_goes_to_the_last()
    {
        using Runspace runspace = OpenRunspace();
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 2);
        Background<int> other = Waiter(one);
        using ManualResetEventSlim unused = new();
        using PowerShell shell = PowerShell.Create(runspace);
        IAsyncResult call = Begin(shell, one, "throw 'not so'", unused, unused, "try { $b.Wait() } catch { $_.Exception.InnerException.Message }");
        Assert.Equal("not so", Assert.Single(shell.EndInvoke(call)).BaseObject);
        Assert.Throws<BarrierBrokenException>(() => other.Result);
        Assert.True(one.IsBroken);
    }

    private IAsyncResult Begin(PowerShell shell, SharedBarrier one, string action, ManualResetEventSlim inside, ManualResetEventSlim goOn, string script)
    {
        Assert.False(one.IsBroken);
        Func<ScriptBlock, SharedBarrier> open = block => OpenAgain<SharedBarrier>(action: block);
        shell.AddScript($"param($open, $inside, $goOn) $b = $open.Invoke({{ {action} }}); {script}").AddArgument(open).AddArgument(inside).AddArgument(goOn);
        return shell.BeginInvoke();
    }

    private static Runspace OpenRunspace()
    {
        Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        return runspace;
    }

    private static Background<int> Waiter(SharedBarrier one, int count = 1)
    {
        Background<int> waiter = Background.Run(() => one.Wait(Ample));
        Until.True(() => one.Waiting == count, $"{count} wait");
        return waiter;
    }

    private static IEnumerable<int> Pass(SharedBarrier one, int count)
    {
        Background<int>[] parties = [.. Enumerable.Range(0, count).Select(_ => Background.Run(() => one.Wait(Ample)))];
        return parties.Select(static party => party.Result).Order();
    }
}

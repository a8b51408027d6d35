using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Events between threads and processes, some of which are killed.</summary>
[Trait("Platform", "portable")]
public sealed class EventTests : SyncTest
{
    [Fact]
    public void It_is_set_until_it_is_cleared()
    {
        SharedEvent one = Make<SharedEvent>(SharedObjectKind.Event);
        Assert.False(one.IsSet);
        Assert.False(one.Wait(0));
        Assert.False(one.Wait(0.02));
        one.Set();
        one.Set();
        Assert.True(one.IsSet);
        Assert.True(one.Wait());
        Assert.True(one.Wait(0));
        one.Clear();
        one.Clear();
        Assert.False(one.IsSet);
        Assert.False(one.Wait(0));
    }

    [Fact]
    public void Setting_wakes_all_who_wait_even_when_it_is_cleared_at_once()
    {
        SharedEvent one = Make<SharedEvent>(SharedObjectKind.Event);
        for (int round = 0; round < 20; round++)
        {
            PeerProcess[] others = round == 0 ? [Waiter(), Waiter()] : [];
            using CountdownEvent begun = new(3);
            Background<bool>[] waiters = [.. Enumerable.Range(0, 3).Select(_ => Background.Run(() =>
            {
                begun.Signal();
                return one.Wait(Ample);
            }))];
            begun.Wait(Ample, TestContext.Current.CancellationToken);

            // Those who have not begun to wait get the next.
            Until.True(
                () =>
                {
                    one.Set();
                    one.Clear();
                    return waiters.All(static waiter => waiter.EndsWithin(0));
                },
                "all go on");
            Assert.All(waiters, static waiter => Assert.True(waiter.Result));
            Assert.All(others, static other => Assert.Equal("wait:20 set", other.ReadLine()));
        }

        PeerProcess Waiter()
        {
            PeerProcess peer = StartPeer($"{nameof(FaultPoint.EventWaiting)}:say:1", "wait:20", "stay");
            Assert.Equal("fault", peer.ReadLine());
            return peer;
        }
    }

    [Fact]
    public void A_process_killed_after_it_set_it_has_set_it_for_those_who_wait()
    {
        SharedEvent one = Make<SharedEvent>(SharedObjectKind.Event);
        Background<bool> waiter = Background.Run(() => one.Wait(Ample));
        Stopwatch clock = Stopwatch.StartNew();
        AwaitDeath(StartPeer($"{nameof(FaultPoint.EventSet)}:kill:1", "set"));
        Assert.True(waiter.Result);
        Assert.True(clock.Elapsed.TotalSeconds < 5, $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void Waiters_that_are_killed_are_in_nobodys_way()
    {
        SharedEvent one = Make<SharedEvent>(SharedObjectKind.Event);
        AwaitDeath(StartPeer($"{nameof(FaultPoint.EventWaiting)}:kill:1", "wait"));
        PeerProcess second = StartPeer($"{nameof(FaultPoint.EventWaiting)}:say:1", "wait");
        Assert.Equal("fault", second.ReadLine());
        second.Kill();
        Background<bool> waiter = Background.Run(() => one.Wait(Ample));
        one.Set();
        Assert.True(waiter.Result);
    }

    [Fact]
    public void A_wait_ends_at_its_time_and_when_it_is_cancelled()
    {
        SharedEvent one = Make<SharedEvent>(SharedObjectKind.Event);
        Stopwatch clock = Stopwatch.StartNew();
        Assert.False(one.Wait(0.3));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.29, 2);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(50));
        clock.Restart();
        Assert.Throws<OperationCanceledException>(() => one.Wait(Timeout.InfiniteTimeSpan, source.Token));
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
    }
}

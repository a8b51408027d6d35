using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Semaphores between threads and processes, some of which are killed.</summary>
[Trait("Platform", "portable")]
public sealed class SemaphoreTests : SyncTest
{
    public static TheoryData<string, int, long> Steps => new()
    {
        // Where the process is killed in five rounds of acquire, acquire, release, release; the how manyth time it comes there; and how many permits it held, which come back.
        { nameof(FaultPoint.PermitJournaled), 1, 0 },
        { nameof(FaultPoint.PermitMoved), 1, 0 },
        { nameof(FaultPoint.PermitCounted), 1, 0 },
        { nameof(FaultPoint.PermitJournaled), 2, 1 },
        { nameof(FaultPoint.PermitMoved), 2, 1 },
        { nameof(FaultPoint.PermitCounted), 2, 1 },
        { nameof(FaultPoint.PermitJournaled), 3, 2 },
        { nameof(FaultPoint.PermitMoved), 3, 2 },
        { nameof(FaultPoint.PermitCounted), 4, 1 },
        { nameof(FaultPoint.MutexTaken), 2, 1 },
        { nameof(FaultPoint.MutexReleased), 2, 2 },
        { nameof(FaultPoint.MutexReleased), 3, 1 },
        { nameof(FaultPoint.MutexReleased), 4, 0 },
    };

    [Fact]
    public void Permits_are_acquired_until_there_are_none_and_released_by_anybody()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore, 2);
        Assert.Equal((2, 2, 0L), (one.Value, one.Initial, one.Reclaimed));
        Assert.True(one.Acquire());
        Assert.True(one.Acquire(0));
        Assert.False(one.Acquire(0));
        Assert.False(one.Acquire(0.05));
        Assert.Equal(0, one.Value);
        Assert.True(Background.Run(one.Release).Result);
        one.Release(4);
        Assert.Equal(5, one.Value);
        Assert.False(one.WasAbandoned);
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Release(0));
        Assert.Throws<SemaphoreOverReleaseException>(() => one.Release(int.MaxValue - 4));
        Assert.Equal(5, one.Value);
        one.Release(int.MaxValue - 5);
        Assert.Equal(int.MaxValue, one.Value);
    }

    [Fact]
    public void A_bounded_semaphore_refuses_a_release_too_many_and_then_releases_none()
    {
        SharedBoundedSemaphore one = Make<SharedBoundedSemaphore>(SharedObjectKind.BoundedSemaphore, 3);
        Assert.Equal("SemaphoreOverRelease", Assert.Throws<SemaphoreOverReleaseException>(one.Release).ErrorId);
        one.Acquire();
        Assert.Throws<SemaphoreOverReleaseException>(() => one.Release(2));
        Assert.Equal(2, one.Value);
        one.Release(1);
        Assert.Equal(3, one.Value);
    }

    [Fact]
    public void Permits_of_a_killed_process_come_back_to_those_who_wait_and_it_is_said()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore, 3);
        PeerProcess holder = StartPeer(("acquire", "acquired"), ("acquire", "acquired"));
        one.Acquire();
        Assert.Equal(0, one.Value);
        Background<bool> waiter = Background.Run(() => one.Acquire(Ample));
        Stopwatch clock = Stopwatch.StartNew();
        holder.Kill();
        Assert.True(waiter.Result);
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
        Assert.True(one.WasAbandoned);
        Assert.Equal((1, 2L), (one.Value, one.Reclaimed));
        one.Release();
        Assert.False(one.WasAbandoned);
        one.Release();
        Assert.Equal((3, 2L), (one.Value, one.Reclaimed));

        // The one that nobody has taken since is marked still; then all are as at first.
        Assert.True(one.Acquire());
        Assert.True(one.WasAbandoned);
        one.Release();
        Assert.True(one.Acquire());
        Assert.False(one.WasAbandoned);
    }

    [Fact]
    public void A_semaphore_that_serves_as_a_signal_gains_nothing_from_a_death()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore);
        PeerProcess consumer = StartPeer("-", "acquire", "acquire", "acquire", "stay");
        for (int signal = 0; signal < 2; signal++)
        {
            one.Release();
            Assert.Equal("acquire acquired", consumer.ReadLine());
        }

        consumer.Kill();
        AwaitDeath(consumer);
        Assert.False(one.Acquire(0.3));
        Assert.Equal((0, 0L), (one.Value, one.Reclaimed));
        one.Release();
        Assert.True(one.Acquire(0));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_process_killed_at_a_step_takes_no_permit_along_and_makes_none(string step, int time, long reclaimed)
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore, 4);

        // One that another holds: what comes back must not be this one.
        one.Acquire();
        string[] rounds = [.. Enumerable.Repeat<string[]>(["acquire", "acquire", "release", "release"], 5).SelectMany(static steps => steps)];
        AwaitDeath(StartPeer($"{step}:kill:{time}", rounds));
        int got = 0;
        while (one.Acquire(0.3))
        {
            got++;
        }

        Assert.Equal(3, got);
        Assert.Equal(reclaimed, one.Reclaimed);
        one.Release(4);
        Assert.Equal(4, one.Value);
    }

    [Fact]
    public void One_release_wakes_one_and_several_wake_as_many()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore);
        Background<bool>[] waiters = [.. Enumerable.Range(0, 4).Select(_ => Background.Run(() => one.Acquire(Ample)))];
        one.Release();
        Until.True(() => waiters.Count(static waiter => waiter.EndsWithin(0)) == 1, "one goes on");
        Assert.Equal(0, one.Value);
        one.Release(3);
        Assert.All(waiters, static waiter => Assert.True(waiter.Result));
        Assert.Equal(0, one.Value);
    }

    [Fact]
    public void Nobody_is_forgotten_when_waiters_give_up_all_the_time()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore, 2);
        int inside = 0;
        Background<bool>[] workers = [.. Enumerable.Range(0, 5).Select(number => Background.Run(() =>
        {
            Random random = new(number);
            for (int round = 0; round < 2000; round++)
            {
                if (number < 2 ? one.Acquire(Ample) : one.Acquire(random.Next(2) / 10_000.0))
                {
                    Assert.InRange(Interlocked.Increment(ref inside), 1, 2);
                    Interlocked.Decrement(ref inside);
                    one.Release();
                }
                else
                {
                    Assert.True(number >= 2);
                }
            }
        }))];
        Assert.All(workers, static worker => Assert.True(worker.Result));
        Assert.Equal(2, one.Value);
    }

    [Fact]
    public void A_wait_ends_at_its_time_and_when_it_is_cancelled()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore);
        Stopwatch clock = Stopwatch.StartNew();
        Assert.False(one.Acquire(0.3));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.29, 2);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(50));
        clock.Restart();
        Assert.Throws<OperationCanceledException>(() => one.Acquire(Timeout.InfiniteTimeSpan, source.Token));
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
        one.Release();
        Assert.True(one.Acquire(0));
    }

    [Fact]
    public void What_is_free_is_acquired_and_released_without_making_garbage()
    {
        SharedSemaphore one = Make<SharedSemaphore>(SharedObjectKind.Semaphore, 1);
        Use(one);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Use(one);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Use(SharedSemaphore one)
    {
        for (int round = 0; round < 100; round++)
        {
            one.Acquire();
            one.Release();
        }
    }
}

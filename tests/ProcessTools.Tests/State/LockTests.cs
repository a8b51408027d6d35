using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Lock and RLock between threads and processes, some of which are killed.</summary>
[Trait("Platform", "portable")]
public sealed class LockTests : SyncTest
{
    public static TheoryData<string, string, bool> Steps => new()
    {
        // The kind, the step at which the process is killed, and whether it holds the lock there.
        { nameof(SharedObjectKind.Lock), $"{nameof(FaultPoint.MutexTaken)}:kill:3", true },
        { nameof(SharedObjectKind.Lock), $"{nameof(FaultPoint.MutexReleased)}:kill:3", false },
        { nameof(SharedObjectKind.RLock), $"{nameof(FaultPoint.MutexTaken)}:kill:3", true },
        { nameof(SharedObjectKind.RLock), $"{nameof(FaultPoint.HolderWritten)}:kill:3", true },
        { nameof(SharedObjectKind.RLock), $"{nameof(FaultPoint.HolderCleared)}:kill:3", true },
        { nameof(SharedObjectKind.RLock), $"{nameof(FaultPoint.MutexReleased)}:kill:3", false },
    };

    [Fact]
    public void A_lock_is_not_re_entrant_and_anybody_may_release_it()
    {
        SharedLock one = Make<SharedLock>(SharedObjectKind.Lock);
        Assert.False(one.IsLocked);
        Assert.Null(one.HolderProcessId);
        Assert.True(one.Acquire());
        Assert.True(one.IsLocked);
        Assert.Equal(Environment.ProcessId, one.HolderProcessId);
        Assert.False(one.Acquire(0));
        Assert.False(one.Acquire(0.05));
        Assert.True(Background.Run(one.Release).EndsWithin(10));
        Assert.False(one.IsLocked);
        Assert.Equal("LockNotHeld", Assert.Throws<LockNotHeldException>(one.Release).ErrorRecord.FullyQualifiedErrorId);
        Assert.True(one.Acquire(0));
        Assert.False(one.WasAbandoned);
    }

    [Fact]
    public void A_re_entrant_lock_is_its_holders_alone()
    {
        SharedRLock one = Make<SharedRLock>(SharedObjectKind.RLock);
        Assert.Throws<LockNotHeldException>(one.Release);
        Assert.True(one.Acquire());
        Assert.True(one.Acquire(0));
        Assert.True(one.Acquire(TimeSpan.Zero));
        Assert.Equal(3, one.Depth);
        Assert.True(one.IsHeld);

        // Another thread without a runspace is another holder, in this process and through other mappings of the memory.
        Assert.False(Background.Run(() => one.IsHeld).Result);
        Assert.False(Background.Run(() => one.Acquire(0.02)).Result);
        Assert.Throws<LockNotHeldException>(() => Background.Run(one.Release).Result);
        Assert.True(Background.Run(() => one.IsLocked).Result);
        one.Release();
        one.Release();
        Assert.False(Background.Run(() => one.Acquire(0)).Result);
        one.Release();
        Assert.Equal(0, one.Depth);
        Assert.False(one.IsLocked);
        Assert.True(Background.Run(() => one.Acquire(0)).Result);
        Assert.False(one.IsHeld);
    }

    [Theory]
    [InlineData(nameof(SharedObjectKind.Lock))]
    [InlineData(nameof(SharedObjectKind.RLock))]
    public void It_excludes_other_processes_and_a_killed_holder_hands_it_to_the_next(string kind)
    {
        SharedLockable one = Make<SharedLockable>(Enum.Parse<SharedObjectKind>(kind));
        PeerProcess holder = StartPeer(("acquire", "acquired"));
        Assert.False(one.Acquire(0.05));
        Assert.Equal(holder.Id, HolderOf(one));

        // Two wait, a process and this one; the lock goes through the hands of both.
        PeerProcess next = StartPeer("-", "acquire", "release", "stay");
        Background<bool> waiter = Background.Run(() =>
        {
            Assert.True(one.Acquire(Ample));
            bool wasAbandoned = one.WasAbandoned;
            one.Release();
            return wasAbandoned;
        });
        Stopwatch clock = Stopwatch.StartNew();
        holder.Kill();
        bool first = next.ReadLine() == "acquire abandoned";
        Assert.NotEqual(first, waiter.Result);
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");

        // Whoever gets it after the release of that one gets it in good order.
        Assert.StartsWith("release", next.ReadLine(), StringComparison.Ordinal);
        Assert.True(one.Acquire(Ample));
        Assert.False(one.WasAbandoned);
    }

    [Fact]
    public void A_dead_holders_lock_is_not_locked_and_is_got_without_waiting()
    {
        SharedLock one = Make<SharedLock>(SharedObjectKind.Lock);
        StartPeer(("acquire", "acquired")).Dispose();

        Assert.False(one.IsLocked);
        Assert.Null(one.HolderProcessId);
        Assert.True(one.Acquire(0));
        Assert.True(one.WasAbandoned);
        one.Release();
        Assert.False(one.WasAbandoned);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_process_killed_at_a_step_hangs_nobody(string kind, string plan, bool isHeld)
    {
        SharedLockable one = Make<SharedLockable>(Enum.Parse<SharedObjectKind>(kind));
        string[] rounds = [.. Enumerable.Repeat<string[]>(["acquire", "release"], 5).SelectMany(static steps => steps)];
        AwaitDeath(StartPeer(plan, rounds));
        Assert.True(one.Acquire(Ample));
        Assert.Equal(isHeld, one.WasAbandoned);
        one.Release();
        Assert.False(Background.Run(() => one.Acquire(0) && one.WasAbandoned).Result);
    }

    [Theory]
    [InlineData(nameof(SharedObjectKind.Lock))]
    [InlineData(nameof(SharedObjectKind.RLock))]
    public void A_waiter_that_is_killed_costs_the_next_no_more_than_a_slice(string kind)
    {
        SharedLockable one = Make<SharedLockable>(Enum.Parse<SharedObjectKind>(kind));
        one.Acquire();
        string plan = $"{nameof(FaultPoint.MutexWaiting)}:say:1";
        PeerProcess victim = StartPeer(plan, "acquire", "stay");
        Assert.Equal("fault", victim.ReadLine());
        PeerProcess next = StartPeer(plan, "acquire:20", "stay");
        Assert.Equal("fault", next.ReadLine());
        Processes.Freeze(victim.Id);
        Stopwatch clock = Stopwatch.StartNew();
        one.Release();
        victim.Kill();
        Assert.StartsWith("acquire:20 a", next.ReadLine(), StringComparison.Ordinal);
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
    }

    [Theory]
    [InlineData(nameof(SharedObjectKind.Lock))]
    [InlineData(nameof(SharedObjectKind.RLock))]
    public void A_wait_ends_at_its_time_and_when_it_is_cancelled(string kind)
    {
        SharedLockable one = Make<SharedLockable>(Enum.Parse<SharedObjectKind>(kind));
        one.Acquire();
        Stopwatch clock = Stopwatch.StartNew();
        Assert.False(Background.Run(() => one.Acquire(0.3)).Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.29, 2);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(50));
        clock.Restart();
        Assert.Throws<OperationCanceledException>(() => Background.Run(() => one.Acquire(Timeout.InfiniteTimeSpan, source.Token)).Result);
        Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
        one.Release();
        Assert.True(one.Acquire(0));
    }

    [Theory]
    [InlineData(nameof(SharedObjectKind.Lock))]
    [InlineData(nameof(SharedObjectKind.RLock))]
    public void Nobody_is_forgotten_when_waiters_give_up_all_the_time(string kind)
    {
        SharedLockable one = Make<SharedLockable>(Enum.Parse<SharedObjectKind>(kind));
        long inside = 0;
        long count = 0;
        long mine = 0;
        Background<bool>[] workers = [.. Enumerable.Range(0, 4).Select(number => Background.Run(() =>
        {
            Random random = new(number);
            for (int round = 0; round < 3000; round++)
            {
                // Half of them wait as long as it takes: a lost wake-up would show as a wait to the end of its slice.
                if (number < 2 ? one.Acquire(Ample) : one.Acquire(random.Next(2) / 10_000.0))
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    count++;
                    Interlocked.Decrement(ref inside);
                    one.Release();
                    Interlocked.Increment(ref mine);
                }
            }
        }))];
        foreach (Background<bool> worker in workers)
        {
            Assert.True(worker.Result);
        }

        Assert.Equal(mine, count);
        Assert.True(count >= 6000);
    }

    [Fact]
    public void Who_takes_it_again_at_once_each_time_lets_a_waiter_in()
    {
        SharedLock one = Make<SharedLock>(SharedObjectKind.Lock);
        bool isOver = false;
        int holds = 0;
        Background<bool> greedy = Background.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                one.Acquire();
                Interlocked.Increment(ref holds);
                Thread.Sleep(20);
                one.Release();
            }
        });
        List<int> waited = [];
        for (int round = 0; round < 9; round++)
        {
            int before = Volatile.Read(ref holds);
            Until.True(() => Volatile.Read(ref holds) > before, "the greedy one has it");
            before = Volatile.Read(ref holds);
            Assert.True(one.Acquire(Ample));
            waited.Add(Volatile.Read(ref holds) - before);
            one.Release();
        }

        Volatile.Write(ref isOver, true);
        Assert.True(greedy.Result);
        Assert.InRange(waited.Order().ElementAt(4), 0, 5);
    }

    [Fact]
    public void What_is_free_is_acquired_and_released_without_making_garbage()
    {
        SharedLock first = Make<SharedLock>(SharedObjectKind.Lock);
        SharedRLock second = Make<SharedRLock>(SharedObjectKind.RLock);
        Use(first);
        Use(second);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Use(first);
        Use(second);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Use(SharedLockable one)
    {
        for (int round = 0; round < 100; round++)
        {
            one.Acquire();
            one.Release();
        }
    }

    private static int? HolderOf(SharedLockable one) => one is SharedRLock recursive ? recursive.HolderProcessId : ((SharedLock)one).HolderProcessId;
}

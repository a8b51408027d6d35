using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Conditions between threads and processes, some of which are killed.</summary>
[Trait("Platform", "portable")]
public sealed class ConditionTests : SyncTest
{
    public static TheoryData<string> WaiterSteps => new(
        nameof(FaultPoint.ConditionListed),
        nameof(FaultPoint.ConditionWaiting),
        nameof(FaultPoint.ConditionWoken),
        nameof(FaultPoint.ConditionLocked));

    [Fact]
    public void It_is_its_lock_too_and_used_only_by_who_holds_that()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        Assert.Throws<LockNotHeldException>(() => one.Wait(0));
        Assert.Throws<LockNotHeldException>(one.Notify);
        Assert.Throws<LockNotHeldException>(one.NotifyAll);
        Assert.Throws<LockNotHeldException>(one.Release);
        Assert.True(one.Acquire());
        SharedRLock its = Assert.IsAssignableFrom<SharedRLock>(one.Lock);
        Assert.True(its.IsHeld);
        Assert.Throws<LockNotHeldException>(() => Background.Run(() => one.Wait(0)).Result);
        one.Notify();
        one.Notify(0);
        one.NotifyAll();
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Notify(-1));
        one.Release();
        Assert.False(its.IsLocked);
    }

    [Theory]
    [InlineData(nameof(SharedObjectKind.Lock))]
    [InlineData(nameof(SharedObjectKind.RLock))]
    public void A_wait_releases_the_lock_however_often_it_was_acquired_and_acquires_it_again(string kind)
    {
        SharedLockable its = Make<SharedLockable>(Enum.Parse<SharedObjectKind>(kind));
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition, conditionLock: its);
        Assert.Same(its, one.Lock);
        Background<int> waiter = Background.Run(() =>
        {
            one.Acquire();
            if (its is SharedRLock)
            {
                one.Acquire();
                its.Acquire();
            }

            Assert.True(one.Wait(Ample));
            int depth = (its as SharedRLock)?.Depth ?? 1;
            for (int release = 0; release < depth; release++)
            {
                one.Release();
            }

            return depth;
        });
        AwaitWaiting(one, 1);
        Assert.True(one.Acquire(0));
        one.Notify();
        Assert.False(waiter.EndsWithin(0.05));
        one.Release();
        Assert.Equal(its is SharedRLock ? 3 : 1, waiter.Result);
        Assert.Equal(0, one.Waiting);
        Assert.True(one.Acquire(0));
    }

    [Fact]
    public void A_wait_that_ends_at_its_time_or_is_cancelled_holds_the_lock_again()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        one.Acquire();
        Assert.False(one.Wait(0));
        Stopwatch clock = Stopwatch.StartNew();
        Assert.False(one.Wait(0.3));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.29, 2);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => one.Wait(Timeout.InfiniteTimeSpan, source.Token));
        Assert.Equal(1, ((SharedRLock)one.Lock).Depth);
        Assert.Equal(0, one.Waiting);
        one.Release();
        Assert.True(Background.Run(() => one.Acquire(0)).Result);
    }

    [Fact]
    public void Those_who_wait_longest_are_notified_first()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        List<int> order = [];
        Background<bool>[] waiters = new Background<bool>[5];
        for (int number = 0; number < waiters.Length; number++)
        {
            int mine = number;
            waiters[number] = Background.Run(() =>
            {
                one.Acquire();
                bool isNotified = one.Wait(Ample);
                order.Add(mine);
                one.Release();
                return isNotified;
            });
            AwaitWaiting(one, number + 1);
        }

        foreach ((int notified, int gone) in new[] { (1, 1), (2, 3), (10, 5) })
        {
            one.Acquire();
            one.Notify(notified);
            Assert.Equal(5 - gone, one.Waiting);
            one.Release();
            Until.True(() => waiters.Count(static waiter => waiter.EndsWithin(0)) == gone, $"{gone} go on");
            Assert.Equal(Enumerable.Range(0, gone), order.Order());
        }

        Assert.All(waiters, static waiter => Assert.True(waiter.Result));
    }

    [Theory]
    [MemberData(nameof(WaiterSteps))]
    public void A_waiter_killed_at_a_step_takes_no_notification_along(string step)
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        PeerProcess victim = StartPeer($"{step}:kill:1", "acquire", "wait", "release");
        if (step is nameof(FaultPoint.ConditionListed) or nameof(FaultPoint.ConditionWaiting))
        {
            AwaitDeath(victim);
        }
        else
        {
            AwaitWaiting(one, 1);
        }

        // The victim is before this one in the line, dead or alive; this one gets the notification in the end.
        PeerProcess second = StartPeer($"{nameof(FaultPoint.ConditionWaiting)}:say:1", "acquire", "wait:20", "stay");
        Assert.StartsWith("acquire", second.ReadLine(), StringComparison.Ordinal);
        Assert.Equal("fault", second.ReadLine());
        Assert.True(one.Acquire(Ample));
        one.Notify();
        one.Release();
        AwaitDeath(victim);
        Assert.Equal("wait:20 notified", second.ReadLine());
        second.Kill();
        Assert.True(one.Acquire(Ample));
        Assert.Equal(0, one.Waiting);
    }

    [Fact]
    public void A_notification_of_one_that_died_is_not_for_those_who_came_later()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        PeerProcess victim = StartPeer($"{nameof(FaultPoint.ConditionWoken)}:stop:1", "acquire", "wait", "release");
        AwaitWaiting(one, 1);
        one.Acquire();
        one.NotifyAll();
        one.Release();
        Assert.Equal("acquire acquired", victim.ReadLine());
        Assert.Equal("fault", victim.ReadLine());
        one.Acquire();
        victim.Kill();
        AwaitDeath(victim);
        Assert.False(one.Wait(0.4));
        one.Release();
    }

    [Theory]
    [InlineData(nameof(FaultPoint.ConditionMarked), true)]
    [InlineData(nameof(FaultPoint.MutexReleased), true)]
    public void A_process_killed_while_it_notifies_hangs_nobody(string step, bool isNotified)
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        Background<(bool IsNotified, bool WasAbandoned)> waiter = Background.Run(() =>
        {
            one.Acquire();
            bool result = one.Wait(Ample);
            bool wasAbandoned = one.WasAbandoned;
            one.Release();
            return (result, wasAbandoned);
        });
        AwaitWaiting(one, 1);
        AwaitDeath(StartPeer($"{step}:kill:1", "acquire", "notify:1", "release"));
        Assert.Equal((isNotified, true), waiter.Result);
        one.Acquire();
        Assert.False(one.Wait(0.05));
    }

    [Fact]
    public void Killed_waiters_leave_room_for_others()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        PeerProcess[] victims = [.. Enumerable.Range(0, 3).Select(_ => StartPeer("-", "acquire", "wait"))];
        AwaitWaiting(one, 3);
        Array.ForEach(victims, static victim => victim.Kill());
        Array.ForEach(victims, AwaitDeath);
        AwaitWaiting(one, 0);
        Background<bool> waiter = Background.Run(() =>
        {
            one.Acquire();
            return one.Wait(Ample);
        });
        AwaitWaiting(one, 1);
        one.Acquire();
        one.Notify();
        one.Release();
        Assert.True(waiter.Result);
    }

    [Fact]
    public void Items_handed_over_by_a_condition_arrive_each_once()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        Queue<int> items = [];
        List<int> taken = [];
        Background<bool>[] consumers = [.. Enumerable.Range(0, 3).Select(number => Background.Run(() =>
        {
            while (true)
            {
                one.Acquire();
                while (items.Count == 0)
                {
                    // Some give up and come again all the time.
                    Assert.True(one.Wait(number == 0 ? 0.001 : 20) || number == 0);
                }

                int item = items.Dequeue();
                if (item >= 0)
                {
                    taken.Add(item);
                }

                one.Release();
                if (item < 0)
                {
                    return;
                }
            }
        }))];
        for (int item = 0; item < 2003; item++)
        {
            one.Acquire();
            items.Enqueue(item < 2000 ? item : -1);
            one.Notify();
            one.Release();
        }

        Assert.All(consumers, static consumer => Assert.True(consumer.Result));
        Assert.Equal(Enumerable.Range(0, 2000), taken.Order());
    }

    [Fact]
    public void A_script_block_is_waited_for_in_the_scope_of_its_caller()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);
        Hashtable shared = new() { ["count"] = 0 };
        shell.AddScript(
            """
            param($c, $shared)
            function Wait-ForIt($least) {
                $asked = 0
                $c.Acquire()
                $c.WaitFor({ $script:asked++; $shared.count -ge $least }, 30)
                $c.WaitFor({ $shared.count -gt $least }, 0)
                $c.WaitFor({ $false }, 0.05)
                try { $c.WaitFor({ throw 'no' }) } catch { $_.Exception.InnerException.Message }
                $c.Release()
                try { $c.WaitFor({ $true }) } catch { $_.Exception.InnerException.ErrorId }
            }
            Wait-ForIt 3
            """).AddArgument(one).AddArgument(shared);
        IAsyncResult call = shell.BeginInvoke();
        for (int round = 0; round < 3; round++)
        {
            AwaitWaiting(one, 1);
            one.Acquire();
            shared["count"] = round + 1;
            one.Notify();
            one.Release();
            if (round < 2)
            {
                AwaitWaiting(one, 1);
            }
        }

        Assert.Equal([true, true, false, false, "no", "LockNotHeld"], shell.EndInvoke(call).Select(static item => item.BaseObject));
    }

    private static void AwaitWaiting(SharedCondition one, int count) => Until.True(() => one.Waiting == count, $"{count} wait");
}

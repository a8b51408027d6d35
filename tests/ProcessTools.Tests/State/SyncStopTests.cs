using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Ctrl+C ends every wait for a lock and the like at once, and leaves them as they were.</summary>
[Trait("Platform", "portable")]
public sealed class SyncStopTests : SyncTest
{
    private readonly Runspace _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());

    public SyncStopTests() => _runspace.Open();

    [Theory]
    [InlineData(nameof(SharedObjectKind.Lock), "$o.Acquire()")]
    [InlineData(nameof(SharedObjectKind.Lock), "$o.Acquire(60)")]
    [InlineData(nameof(SharedObjectKind.RLock), "$o.Acquire()")]
    [InlineData(nameof(SharedObjectKind.Semaphore), "$o.Acquire()")]
    [InlineData(nameof(SharedObjectKind.BoundedSemaphore), "$o.Acquire()")]
    [InlineData(nameof(SharedObjectKind.Event), "$o.Wait()")]
    [InlineData(nameof(SharedObjectKind.Condition), "$o.Acquire()")]
    public void It_ends_a_wait_within_a_fifth_of_a_second_and_then_others_get_through(string kind, string wait)
    {
        SharedObject one = Make<SharedObject>(Enum.Parse<SharedObjectKind>(kind), count: 1);
        SharedLockable? lockable = one as SharedLockable;
        lockable?.Acquire();
        AssertStopsSoon(one, $"$ready.Set(); {wait}");
        lockable?.Release();
        Assert.True(lockable?.Acquire(0) ?? true);
        (one as SharedEvent)?.Set();
        Assert.True((one as SharedEvent)?.Wait(0) ?? true);
    }

    [Fact]
    public void A_condition_holds_its_lock_again_when_its_wait_is_ended()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        AssertStopsSoon(one, "$o.Acquire(); try { $ready.Set(); $o.Wait() } finally { $global:wasHeld = $o.Lock.IsHeld; $o.Release() }");
        Assert.Equal(true, _runspace.SessionStateProxy.GetVariable("wasHeld"));
        Assert.Equal(0, one.Waiting);
        Assert.True(one.Acquire(0));
    }

    [Fact]
    public void A_condition_whose_lock_is_not_free_gives_up_and_passes_the_notification_on()
    {
        SharedCondition one = Make<SharedCondition>(SharedObjectKind.Condition);
        using ManualResetEventSlim ready = new();
        using PowerShell shell = Begin(one, ready, "$o.Acquire(); try { $ready.Set(); $o.Wait() } finally { $global:wasHeld = $o.Lock.IsHeld }");
        Until.True(() => one.Waiting == 1, "the script waits");
        Background<bool> next = Background.Run(() => one.Acquire(Ample) && one.Wait(Ample));
        Until.True(() => one.Waiting == 2, "the next waits");
        Assert.True(one.Acquire(Ample));
        one.Notify();

        // It is notified, and cannot get the lock, which is held here.
        Stopwatch clock = Stopwatch.StartNew();
        shell.Stop();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 3);
        Assert.Equal(false, _runspace.SessionStateProxy.GetVariable("wasHeld"));
        one.Release();
        Assert.True(next.Result);
    }

    [Fact]
    public void A_barrier_is_broken_by_the_end_of_a_wait()
    {
        SharedBarrier one = Make<SharedBarrier>(SharedObjectKind.Barrier, 3);
        Background<int> other = Background.Run(() => one.Wait(Ample));
        Until.True(() => one.Waiting == 1, "another waits");
        using (ManualResetEventSlim ready = new())
        using (PowerShell shell = Begin(one, ready, "$ready.Set(); $o.Wait()"))
        {
            Until.True(() => one.Waiting == 2, "the script waits");
            shell.Stop();
        }

        Assert.Throws<BarrierBrokenException>(() => other.Result);
        Assert.True(one.IsBroken);
    }

    [Fact]
    public void Runspaces_of_one_process_exclude_each_other()
    {
        SharedRLock one = Make<SharedRLock>(SharedObjectKind.RLock);
        using Runspace second = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        second.Open();
        Assert.Equal([true, true, true, 2], Run(_runspace, one, "$o.Acquire(); $o.Acquire(0); $o.IsHeld; $o.Depth"));
        Assert.Equal([false, false, "LockNotHeld"], Run(second, one, "$o.Acquire(0); $o.IsHeld; try { $o.Release() } catch { $_.Exception.InnerException.ErrorId }"));

        // The runspace has it, not the thread: another call from another thread releases it.
        Assert.Equal([0], Run(_runspace, one, "$o.Release(); $o.Release(); $o.Depth"));
        Assert.Equal([true, true], Run(second, one, "$o.Acquire(0); $o.IsHeld"));
        Assert.Equal([false, false], Run(_runspace, one, "$o.IsHeld; $o.Acquire(0)"));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _runspace.Dispose();
    }

    private static object[] Run(Runspace runspace, SharedObject one, string script)
    {
        using PowerShell shell = PowerShell.Create(runspace);
        return [.. shell.AddScript("param($o) " + script).AddArgument(one).Invoke().Select(static item => item.BaseObject)];
    }

    private PowerShell Begin(SharedObject one, ManualResetEventSlim ready, string script)
    {
        PowerShell shell = PowerShell.Create(_runspace);
        shell.AddScript($"param($o, $ready) $null = & {{ {script} }}").AddArgument(one).AddArgument(ready);
        shell.BeginInvoke();
        Assert.True(ready.Wait(Ample), "The script did not get there.");
        return shell;
    }

    private void AssertStopsSoon(SharedObject one, string script)
    {
        List<double> milliseconds = [];
        for (int round = 0; round < 3; round++)
        {
            using ManualResetEventSlim ready = new();
            using PowerShell shell = Begin(one, ready, script);

            // Whether it waits already or is just about to: both must end.
            Assert.False(SpinWait.SpinUntil(() => shell.InvocationStateInfo.State != PSInvocationState.Running, 60 * round));
            Stopwatch clock = Stopwatch.StartNew();
            shell.Stop();
            milliseconds.Add(clock.Elapsed.TotalMilliseconds);
            Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        }

        // The median, since others use the processor too.
        Assert.InRange(milliseconds.Order().ElementAt(1), 0, 200);
        Assert.InRange(milliseconds.Max(), 0, 2000);
    }
}

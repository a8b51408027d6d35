using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Peer;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Processes that use every kind of lock at random are killed at any instruction: what the locks promise stays so for the others, and nobody hangs.</summary>
[Trait("Platform", "portable")]
public sealed class SyncKillTests : SyncTest
{
    private const int Peers = 5;
    private static readonly int s_kills = LongForm.Rounds(20, 1000);

    private readonly Segment _memory = Segment.Create("test", StormMemory.Size);
    private readonly List<string> _objects = [];
    private readonly PeerProcess?[] _peers = new PeerProcess?[Peers];

    [Fact]
    public void What_they_promise_holds_while_processes_are_killed_at_random()
    {
        SharedLockable[] lockables =
        [
            MakeFor<SharedLockable>(SharedObjectKind.Lock),
            MakeFor<SharedLockable>(SharedObjectKind.RLock),
            MakeFor<SharedLockable>(SharedObjectKind.Condition),
        ];
        SharedSemaphore semaphore = MakeFor<SharedSemaphore>(SharedObjectKind.BoundedSemaphore, StormMemory.Permits);
        SharedEvent flag = MakeFor<SharedEvent>(SharedObjectKind.Event);
        SharedBarrier barrier = MakeFor<SharedBarrier>(SharedObjectKind.Barrier, 2);
        Random random = new(5);
        for (int kill = 0; kill < s_kills; kill++)
        {
            int number = kill % Peers;
            Replace(ref _peers[number], number, kill);
            Stopwatch clock = Stopwatch.StartNew();
            SpinWait.SpinUntil(() => clock.ElapsedMilliseconds >= random.Next(30));
        }

        // All that live go on.
        long[] before = [.. Enumerable.Range(0, Peers).Select(Progress)];
        Until.True(() => Enumerable.Range(0, Peers).All(number => Progress(number) > before[number] + 5), "all go on", 20);
        Array.ForEach(_peers, static peer => peer!.Dispose());
        foreach (SharedLockable lockable in lockables)
        {
            Assert.True(lockable.Acquire(Ample), lockable.Kind.ToString());
            lockable.Release();
        }

        for (int permit = 0; permit < StormMemory.Permits; permit++)
        {
            Assert.True(semaphore.Acquire(Ample));
        }

        Assert.False(semaphore.Acquire(0));
        flag.Set();
        Assert.True(flag.Wait(Ample));
        barrier.Reset();
        Background<int> other = Background.Run(() => barrier.Wait(Ample));
        Assert.Equal(1, barrier.Wait(Ample) + other.Result);
    }

    protected override void Dispose(bool disposing)
    {
        Array.ForEach(_peers, static peer => peer?.Dispose());
        base.Dispose(disposing);
        _memory.Unlink();
        _memory.Dispose();
    }

    private unsafe long Progress(int number) => Volatile.Read(ref *StormMemory.Progress(_memory.Pointer, number));

    private T MakeFor<T>(SharedObjectKind kind, int count = 0)
        where T : SharedObject
    {
        T made = Make<T>(kind, count);
        _objects.Add($"{kind}={Address}");
        return made;
    }

    /// <summary>Kills a process after it has got somewhere, and starts another in its place.</summary>
    private void Replace(ref PeerProcess? peer, int number, int kill)
    {
        if (peer is not null)
        {
            long before = Progress(number);
            PeerProcess victim = peer;
            Until.True(() => Progress(number) > before || !Processes.IsRunning(victim.Id), $"process {number} goes on", 20);
            Assert.True(Processes.IsRunning(victim.Id), Processes.IsRunning(victim.Id) ? null : victim.ReadLine());
            victim.Kill();
            victim.Dispose();
        }

        // Every other one stops for a moment now and then at the steps that matter, so that it is killed there more often.
        peer = new PeerProcess(["sync-storm", _memory.Path, $"{number}", kill % 2 == 0 ? "any:pause:0" : "-", .. _objects]);
        peer.AwaitReady();
    }
}

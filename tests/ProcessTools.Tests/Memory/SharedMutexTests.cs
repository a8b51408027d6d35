using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Memory;

/// <summary>The mutex between real processes, some of which are killed.</summary>
[Trait("Platform", "portable")]
public sealed unsafe class SharedMutexTests : IDisposable
{
    private readonly Segment _segment = Segment.Create("test", 4096);

    private SharedMutex Mutex => new(_segment.Pointer);

    public void Dispose()
    {
        _segment.Unlink();
        _segment.Dispose();
    }

    [Fact]
    public void It_excludes_other_processes_and_other_threads()
    {
        Assert.Equal(MutexResult.Acquired, Mutex.Acquire(TimeSpan.Zero));
        Assert.True(Mutex.IsHeld);
        Assert.Equal(MutexResult.TimedOut, Mutex.Acquire(TimeSpan.FromMilliseconds(50)));
        Mutex.Release();
        Assert.False(Mutex.IsHeld);
        using PeerProcess peer = new("hold", _segment.Path);
        peer.AwaitReady();
        Assert.Equal(MutexResult.TimedOut, Mutex.Acquire(TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public void A_dead_owners_mutex_is_handed_on_and_says_so()
    {
        for (int round = 0; round < 10; round++)
        {
            using PeerProcess peer = new("hold", _segment.Path);
            peer.AwaitReady();
            using Timer kill = new(_ => peer.Kill(), null, round * 10, Timeout.Infinite);
            Stopwatch clock = Stopwatch.StartNew();
            Assert.Equal(MutexResult.Abandoned, Mutex.Acquire(TimeSpan.FromSeconds(20)));
            Assert.True(clock.Elapsed.TotalSeconds < 2, $"It took {clock.Elapsed}.");
            Mutex.Release();
        }
    }

    [Fact]
    public void A_stopped_owner_only_delays()
    {
        using PeerProcess peer = new("hold", _segment.Path);
        peer.AwaitReady();
        Processes.Freeze(peer.Id);
        Assert.Equal(MutexResult.TimedOut, Mutex.Acquire(TimeSpan.FromMilliseconds(400)));
        peer.Kill();
        Assert.Equal(MutexResult.Abandoned, Mutex.Acquire(TimeSpan.FromSeconds(20)));
        Mutex.Release();
    }

    [Fact]
    public void A_wait_can_be_cancelled()
    {
        using PeerProcess peer = new("hold", _segment.Path);
        peer.AwaitReady();
        using CancellationTokenSource source = new(100);
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => Mutex.Acquire(Timeout.InfiniteTimeSpan, source.Token));
        Assert.True(clock.ElapsedMilliseconds < 1000, $"It took {clock.ElapsedMilliseconds} ms.");
    }

    [Fact]
    public void What_it_protects_is_never_torn_while_owners_are_killed()
    {
        Random random = new(3);
        for (int round = 0; round < LongForm.Rounds(6, 300); round++)
        {
            PeerProcess[] peers = [.. Enumerable.Range(0, 3).Select(_ => new PeerProcess("count", _segment.Path, "100000000"))];
            foreach (PeerProcess peer in peers)
            {
                peer.AwaitReady();
            }

            Stopwatch clock = Stopwatch.StartNew();
            SpinWait.SpinUntil(() => clock.ElapsedMilliseconds > random.Next(40));
            peers[0].Kill();
            peers[1].Kill();
            long before = Volatile.Read(ref *(long*)(_segment.Pointer + 64));
            Until.True(() => Volatile.Read(ref *(long*)(_segment.Pointer + 64)) > before + 1000, "the third goes on");
            foreach (PeerProcess peer in peers)
            {
                peer.Dispose();
            }

            MutexResult result = Mutex.Acquire(TimeSpan.FromSeconds(10));
            Assert.NotEqual(MutexResult.TimedOut, result);
            long first = *(long*)(_segment.Pointer + 64);
            long second = *(long*)(_segment.Pointer + 128);
            Assert.True(first == second || (result == MutexResult.Abandoned && first == second + 1), $"{result}: {first} and {second}");
            *(long*)(_segment.Pointer + 128) = first;
            Mutex.Release();
        }
    }

    [Fact]
    public void Threads_of_one_process_count_together_without_losing_one()
    {
        long counter = 0;
        SharedMutex mutex = Mutex;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                mutex.Acquire(Timeout.InfiniteTimeSpan);
                counter++;
                mutex.Release();
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.Equal(80_000, counter);
    }
}

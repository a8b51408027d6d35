using ProcessTools.Engine.Pools;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>The claim by which a task that was sent ahead belongs to the pool or to the worker, and never to both.</summary>
public sealed class TaskLaneTests : IDisposable
{
    private readonly TaskLane _lane = TaskLane.Create();

    public void Dispose() => _lane.Dispose();

    [Fact]
    public void Tasks_begin_up_to_the_limit_and_no_further()
    {
        Assert.Equal(0, _lane.TryBegin(0, 1, 7));
        _lane.Allow(3);
        Assert.Equal(1, _lane.TryBegin(0, 1, 7));
        Assert.Equal(7, _lane.BeginTime);
        Assert.Equal(1u, _lane.Begun);
        Assert.Equal(2, _lane.Backlog(1));
        Assert.Equal(2, _lane.TryBegin(1, 10, 8));
        Assert.Equal(3u, _lane.Begun);
        Assert.Equal(0, _lane.TryBegin(3, 1, 9));
    }

    [Fact]
    public void A_task_that_has_begun_is_not_taken_back()
    {
        _lane.Allow(5);
        Assert.Equal(2, _lane.TryBegin(0, 2, 1));
        Assert.Equal(2u, _lane.Revoke(0));
        Assert.Equal(0, _lane.TryBegin(2, 1, 1));
        Assert.Equal(2u, _lane.Revoke(0));
    }

    [Fact]
    public void What_was_taken_back_does_not_begin_when_later_tasks_may()
    {
        _lane.Allow(5);
        Assert.Equal(3u, _lane.Revoke(3));
        _lane.MarkRevoked(3, 5);
        _lane.Allow(9);

        // A block stops before it, and the worker passes over it one by one.
        Assert.Equal(3, _lane.TryBegin(0, 9, 1));
        Assert.Equal(0, _lane.TryBegin(3, 1, 1));
        Assert.Equal(0, _lane.TryBegin(4, 1, 1));
        Assert.Equal(4, _lane.TryBegin(5, 9, 1));
        Assert.Equal(9u, _lane.Begun);
    }

    [Fact]
    public void Numbers_wrap_around()
    {
        const uint First = uint.MaxValue - 2;
        _lane.Allow(2);
        Assert.Equal(5, _lane.TryBegin(First, 10, 1));
        Assert.Equal(2u, _lane.Begun);
        Assert.Equal(0, _lane.TryBegin(2, 1, 1));
        Assert.True(TaskLane.IsBefore(uint.MaxValue, 0));
        Assert.False(TaskLane.IsBefore(0, uint.MaxValue));
    }

    [Fact]
    public void Of_any_task_either_the_worker_has_begun_it_or_the_pool_has_it_back()
    {
        const int Rounds = 20_000;
        const int Chunk = 8;
        const uint Last = Rounds * Chunk;
        byte[] begun = new byte[Last];
        byte[] back = new byte[Last];
        long published = 0;
        Background<bool> worker = Background.Run(() =>
        {
            for (uint number = 0; number < Last;)
            {
                if (number >= Volatile.Read(ref published))
                {
                    continue;
                }

                // One by one and in blocks, as a worker does; no block is longer than what was sent.
                int most = (int)Math.Min((number % 3) + 1, Volatile.Read(ref published) - number);
                int count = _lane.TryBegin(number, most, 1);
                for (int i = 0; i < count; i++)
                {
                    begun[number + i]++;
                }

                number += (uint)Math.Max(1, count);
            }

            return true;
        });

        Random random = new(4);
        for (uint start = 0; start < Last; start += Chunk)
        {
            uint end = start + Chunk;
            _lane.Allow(end);
            Volatile.Write(ref published, end);
            Thread.SpinWait(random.Next(60));

            // The first of each chunk is never taken back: that it begins says that the worker has passed what was taken back before.
            uint first = _lane.Revoke(start + 1 + (uint)random.Next(Chunk));
            for (uint number = first; number < end; number++)
            {
                back[number]++;
            }

            Assert.True(SpinWait.SpinUntil(() => !TaskLane.IsBefore(_lane.Begun, start + 1), TimeSpan.FromSeconds(30)), "The first of the chunk has not begun.");
            _lane.MarkRevoked(first, end);
        }

        Assert.True(worker.Result);
        Assert.All(Enumerable.Range(0, (int)Last), number => Assert.Equal(1, begun[number] + back[number]));
        Assert.Contains(begun, static count => count == 1);
        Assert.Contains(back, static count => count == 1);
    }
}

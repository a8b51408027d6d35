using System.Diagnostics;
using ProcessTools.Engine.Memory;
using Xunit;

namespace ProcessTools.Tests.Memory;

/// <summary>The queue of records in shared memory, beside a plain queue in memory as the model.</summary>
[Trait("Platform", "portable")]
public sealed class SharedQueueTests
{
    private static readonly Deadline s_now = Deadline.After(TimeSpan.Zero);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_sequence_of_operations_does_what_a_plain_queue_does(int seed)
    {
        // Small rings, so that every boundary is met; some runs begin just before the sequence numbers wrap around.
        Random random = new(seed);
        long? capacity = random.Next(3) == 0 ? random.Next(1, 20) : null;
        SharedQueueOptions options = new()
        {
            RingCapacity = 8 * random.Next(16, 600),
            Capacity = capacity,
            IsBoundedByRing = random.Next(4) == 0,
            FirstSequence = random.Next(2) == 0 ? 0 : (1L << 35) - random.Next(1, 300),
        };
        using ChannelSegment segment = ChannelSegment.Create(ChannelKind.Queue, 1, options);

        // Two views, as two processes have: both put and both take.
        using ChannelSegment other = ChannelSegment.Open(segment.Path, ChannelKind.Queue);
        SharedQueue[] views = [segment.Queues[0], other.Queues[0]];
        Queue<byte[]> model = [];
        long done = 0;
        long put = 0;
        bool isClosed = false;
        int largest = random.Next(3) switch { 0 => 40, 1 => 3000, _ => 60_000 };
        for (int step = 0; step < 1500; step++)
        {
            SharedQueue queue = views[random.Next(2)];
            int choice = random.Next(100);
            if (choice < (step / 300 % 2 == 0 ? 60 : 35))
            {
                byte[] item = new byte[random.Next(random.Next(1, largest))];
                random.NextBytes(item);
                int cut = random.Next(item.Length + 1);
                QueueResult result = queue.TryPut(item.AsSpan(0, cut), item.AsSpan(cut), RecordFlags.None, s_now);
                if (isClosed)
                {
                    Assert.Equal(QueueResult.Closed, result);
                }
                else if (model.Count >= capacity)
                {
                    Assert.Equal(QueueResult.TimedOut, result);
                }
                else if (result == QueueResult.Done)
                {
                    model.Enqueue(item);
                    put++;
                }
                else
                {
                    Assert.Equal(QueueResult.TimedOut, result);
                    Assert.True(options.IsBoundedByRing && model.Count > 0, "Only a pipe's queue is full without a capacity, and never an empty one.");
                }
            }
            else if (choice < 90)
            {
                Copy reader = default;
                QueueResult result = queue.TryTake(ref reader, s_now);
                if (model.TryDequeue(out byte[]? expected))
                {
                    Assert.Equal(QueueResult.Done, result);
                    Assert.Equal(expected, reader.Bytes);
                }
                else
                {
                    Assert.Equal(isClosed ? QueueResult.Closed : QueueResult.TimedOut, result);
                }
            }
            else if (choice < 94)
            {
                bool isDone = queue.TryMarkDone();
                Assert.Equal(done < put, isDone);
                done += isDone ? 1 : 0;
            }
            else if (choice < 97 && model.Count > 0)
            {
                Refuse reader = default;
                Assert.Equal(QueueResult.Refused, queue.TryTake(ref reader, s_now));
            }
            else if (choice == 97 && step > 1300)
            {
                queue.Close();
                isClosed = true;
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model.Count > 0, queue.HasItems);
            Assert.Equal(put - done, queue.Unfinished);
            Assert.Equal(isClosed && model.Count == 0, queue.IsDrained());
        }
    }

    [Fact]
    public void Memory_that_a_burst_took_is_given_back()
    {
        using ChannelSegment segment = ChannelSegment.Create(ChannelKind.Queue, 1, new SharedQueueOptions());
        SharedQueue queue = segment.Queues[0];
        byte[] item = new byte[100_000];
        for (int i = 0; i < 600; i++)
        {
            Assert.Equal(QueueResult.Done, queue.TryPut([], item, RecordFlags.None, s_now));
        }

        Assert.True(RingBytes(segment) > 50_000_000, "The rings hold what was put.");
        Drain(queue);

        // A smaller ring takes the place of a large one when a round of it was hardly used.
        for (int i = 0; i < 40_000; i++)
        {
            queue.TryPut([], item.AsSpan(0, 2000), RecordFlags.None, s_now);
            Drain(queue);
        }

        Assert.InRange(RingBytes(segment), 0, 3_000_000);
    }

    [Fact]
    public void A_huge_record_has_a_ring_of_its_own_that_is_gone_when_it_is_taken()
    {
        using ChannelSegment segment = ChannelSegment.Create(ChannelKind.Queue, 1, new SharedQueueOptions());
        SharedQueue queue = segment.Queues[0];
        byte[] huge = new byte[70_000_000];
        huge[0] = 1;
        huge[^1] = 2;
        queue.TryPut([], huge, RecordFlags.None, s_now);
        queue.TryPut([], [3], RecordFlags.None, s_now);
        Copy reader = default;
        Assert.Equal(QueueResult.Done, queue.TryTake(ref reader, s_now));
        Assert.Equal(huge, reader.Bytes);
        Assert.Equal(QueueResult.Done, queue.TryTake(ref reader, s_now));
        Assert.Equal([3], reader.Bytes);
        Assert.InRange(RingBytes(segment), 0, 20_000_000);
    }

    [Fact]
    public async Task What_many_threads_put_and_take_at_once_arrives_once_and_in_each_ones_order()
    {
        const int Threads = 4;
        const int Each = 30_000;
        using ChannelSegment segment = ChannelSegment.Create(ChannelKind.Queue, 1, new SharedQueueOptions { RingCapacity = 4096, Capacity = 64 });
        SharedQueue queue = segment.Queues[0];
        Task[] producers = [.. Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (int number = 0; number < Each; number++)
            {
                byte[] item = new byte[8 + (number % 50)];
                BitConverter.TryWriteBytes(item, thread);
                BitConverter.TryWriteBytes(item.AsSpan(4), number);
                Assert.Equal(QueueResult.Done, queue.TryPut([], item, RecordFlags.None, Deadline.After(TimeSpan.FromSeconds(60))));
            }
        }))];
        Task<List<(int, int)>>[] consumers = [.. Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            List<(int, int)> taken = [];
            Copy reader = default;
            while (queue.TryTake(ref reader, Deadline.After(TimeSpan.FromSeconds(60))) == QueueResult.Done)
            {
                taken.Add((BitConverter.ToInt32(reader.Bytes!), BitConverter.ToInt32(reader.Bytes!, 4)));
            }

            return taken;
        }))];
        await Task.WhenAll(producers);
        queue.Close();
        List<(int, int)>[] taken = await Task.WhenAll(consumers);
        Assert.Equal(Threads * Each, taken.Sum(static list => list.Count));
        Assert.Equal(Threads * Each, taken.SelectMany(static list => list).Distinct().Count());
        foreach (List<(int Thread, int Number)> list in taken)
        {
            Assert.All(list.GroupBy(static item => item.Thread), static group => Assert.Equal(group.Order(), group));
        }
    }

    [Fact]
    public void A_wait_takes_the_time_that_was_asked_for_and_ends_when_cancelled()
    {
        using ChannelSegment segment = ChannelSegment.Create(ChannelKind.Queue, 1, new SharedQueueOptions { Capacity = 1 });
        SharedQueue queue = segment.Queues[0];
        Copy reader = default;
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal(QueueResult.TimedOut, queue.TryTake(ref reader, Deadline.After(TimeSpan.FromMilliseconds(250))));
        Assert.InRange(clock.Elapsed.TotalMilliseconds, 249, 5000);
        queue.TryPut([], [1], RecordFlags.None, s_now);
        clock.Restart();
        Assert.Equal(QueueResult.TimedOut, queue.TryPut([], [2], RecordFlags.None, Deadline.After(TimeSpan.FromMilliseconds(250))));
        Assert.InRange(clock.Elapsed.TotalMilliseconds, 249, 5000);
        using CancellationTokenSource cancellation = new(100);
        Assert.ThrowsAny<OperationCanceledException>(
            () => queue.TryPut([], [2], RecordFlags.None, Deadline.After(Timeout.InfiniteTimeSpan), cancellation: cancellation.Token));
        Assert.Equal(QueueResult.Done, queue.TryTake(ref reader, s_now));
        Assert.ThrowsAny<OperationCanceledException>(
            () => queue.TryTake(ref reader, Deadline.After(Timeout.InfiniteTimeSpan), cancellation: cancellation.Token));
    }

    private static void Drain(SharedQueue queue)
    {
        Copy reader = default;
        while (queue.TryTake(ref reader, s_now) == QueueResult.Done)
        {
        }
    }

    private static long RingBytes(ChannelSegment segment) =>
        Directory.GetFiles(Path.GetDirectoryName(segment.Path)!, Path.GetFileNameWithoutExtension(segment.Path) + ".*.ring").Sum(static path => new FileInfo(path).Length);

    private struct Copy : IRecordReader
    {
        public byte[]? Bytes { get; private set; }

        public bool Read(ReadOnlyMemory<byte> record, RecordFlags flags)
        {
            Bytes = record.ToArray();
            return true;
        }
    }

    private struct Refuse : IRecordReader
    {
        public readonly bool Read(ReadOnlyMemory<byte> record, RecordFlags flags) => false;
    }
}

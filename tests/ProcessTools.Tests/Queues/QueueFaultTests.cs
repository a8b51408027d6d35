using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Queues;
using ProcessTools.Tests.Peer;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>
/// A process is killed, or stopped and let go on, at each step at which others could notice: what it published is there, in order and whole, and the others go on.
/// </summary>
[Trait("Platform", "portable")]
public sealed class QueueFaultTests : IDisposable
{
    private const long Victim = 1;
    private const long Survivor = 2;
    private const int SurvivorItems = 40;
    private const int Most = 60_000;

    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    private readonly MemoryQueue _queue = MemoryQueue.Create();
    private readonly string _log = Path.GetTempFileName();

    public static TheoryData<string, int, bool> ProducerSteps => new()
    {
        { nameof(FaultPoint.MutexTaken), 3, true },
        { nameof(FaultPoint.MutexReleased), 3, true },
        { nameof(FaultPoint.PutBegun), 1, true },
        { nameof(FaultPoint.PutBegun), 30, true },
        { nameof(FaultPoint.PutSkipped), 1, true },
        { nameof(FaultPoint.PutSkipped), 2, true },
        { nameof(FaultPoint.PutHalfCopied), 8, true },
        { nameof(FaultPoint.PutCopied), 8, true },
        { nameof(FaultPoint.PutPublished), 8, true },
        { nameof(FaultPoint.PutReleased), 8, true },
        { nameof(FaultPoint.GrowCreated), 1, false },
        { nameof(FaultPoint.GrowNamed), 2, false },
        { nameof(FaultPoint.GrowSealed), 1, false },
        { nameof(FaultPoint.GrowSealed), 2, false },
        { nameof(FaultPoint.PutHalfCopied), 60, false },
        { nameof(FaultPoint.PutCopied), 60, false },
    };

    public static TheoryData<string, int> ConsumerSteps => new()
    {
        { nameof(FaultPoint.MutexTaken), 5 },
        { nameof(FaultPoint.MutexReleased), 5 },
        { nameof(FaultPoint.TakeBegun), 1 },
        { nameof(FaultPoint.TakeBegun), 25 },
        { nameof(FaultPoint.TakeCopied), 9 },
        { nameof(FaultPoint.TakeCounted), 9 },
        { nameof(FaultPoint.TakePublished), 9 },
        { nameof(FaultPoint.TakeReleased), 9 },
        { nameof(FaultPoint.AdvanceNamed), 1 },
        { nameof(FaultPoint.AdvanceNamed), 2 },
        { nameof(FaultPoint.AdvanceMoved), 1 },
        { nameof(FaultPoint.AdvanceMoved), 2 },
    };

    public void Dispose()
    {
        _queue.Dispose();
        File.Delete(_log);
    }

    [Theory]
    [MemberData(nameof(ProducerSteps))]
    public async Task A_producer_killed_at_a_step_takes_at_most_its_own_item_along(string step, int time, bool isConsumed)
    {
        using PeerProcess victim = Producer(step, "kill", time);
        List<(long Producer, long Number)> taken = [];
        Task? consumer = isConsumed ? Consume(taken) : null;
        Until.True(() => !Processes.IsRunning(victim.Id), $"the producer is killed at {step}", 30);
        consumer ??= Consume(taken);
        PutAsSurvivor();
        _queue.Close();
        await consumer.WaitAsync(s_soon, TestContext.Current.CancellationToken);

        (long begun, long put) = QueueLogs.ReadPut(_log);
        long arrived = taken.Count(static item => item.Producer == Victim);
        Assert.InRange(arrived, put, begun);
        AssertInOrder(taken, arrived);
        AssertNothingIsLeft(victim);
    }

    [Theory]
    [MemberData(nameof(ProducerSteps))]
    public async Task A_producer_stopped_at_a_step_only_delays(string step, int time, bool isConsumed)
    {
        using PeerProcess victim = Producer(step, "stop", time);
        List<(long Producer, long Number)> taken = [];
        Task? consumer = isConsumed ? Consume(taken) : null;
        Until.True(() => IsStopped(victim.Id), $"the producer is stopped at {step}", 30);
        consumer ??= Consume(taken);

        // What it has put can be taken; another producer gets through or, while the lock is held, gives up in time.
        Until.True(() => Snapshot(taken) >= QueueLogs.ReadPut(_log).Put, "what was put is taken");
        bool getsThrough = _queue.TryPut(QueueItem.Make(Survivor, 0, 10), 0.2);
        long before = QueueLogs.ReadPut(_log).Put;
        Processes.Resume(victim.Id);
        PutAsSurvivor(getsThrough ? 1 : 0);
        Until.True(() => QueueLogs.ReadPut(_log).Put > before + 10, "the producer goes on", 30);
        _queue.Close();
        await consumer.WaitAsync(s_soon, TestContext.Current.CancellationToken);
        Until.True(() => !Processes.IsRunning(victim.Id), "the producer comes to its end", 30);
        AssertInOrder(taken, QueueLogs.ReadPut(_log).Put);
        AssertNothingIsLeft(victim);
    }

    [Theory]
    [MemberData(nameof(ConsumerSteps))]
    public async Task A_consumer_killed_at_a_step_takes_at_most_its_own_item_along(string step, int time)
    {
        PutAsSurvivor(0, 150);
        using PeerProcess victim = new("queue-take", _queue.Address, _log, $"{step}:kill:{time}");
        Until.True(() => !Processes.IsRunning(victim.Id), $"the consumer is killed at {step}", 30);
        _queue.Close();
        List<(long Producer, long Number)> taken = [];
        await Consume(taken).WaitAsync(s_soon, TestContext.Current.CancellationToken);

        // The dead one's log, at most one item that it had in hand, and the rest without a gap.
        List<(long Producer, long Number)> its = QueueLogs.ReadTaken(_log);
        long next = its.Count;
        long first = taken[0].Number;
        Assert.InRange(first, next, next + 1);
        Assert.Equal(Enumerable.Range(0, its.Count).Select(static n => (Survivor, (long)n)), its);
        Assert.Equal(Enumerable.Range((int)first, 150 - (int)first).Select(static n => (Survivor, (long)n)), taken);
        AssertNothingIsLeft(victim);
    }

    [Theory]
    [MemberData(nameof(ConsumerSteps))]
    public async Task A_consumer_stopped_at_a_step_only_delays(string step, int time)
    {
        PutAsSurvivor(0, 150);
        using PeerProcess victim = new("queue-take", _queue.Address, _log, $"{step}:stop:{time}");
        Until.True(() => IsStopped(victim.Id), $"the consumer is stopped at {step}", 30);

        // Producers are not concerned.
        Assert.True(_queue.TryPut(QueueItem.Make(Survivor, 150, 10), 5));
        Processes.Resume(victim.Id);
        List<(long Producer, long Number)> taken = [];
        Task consumer = Consume(taken);
        _queue.Close();
        await consumer.WaitAsync(s_soon, TestContext.Current.CancellationToken);
        Until.True(() => !Processes.IsRunning(victim.Id), "the stopped consumer goes on to its end", 30);
        Assert.Equal(
            Enumerable.Range(0, 151).Select(static n => (Survivor, (long)n)),
            QueueLogs.ReadTaken(_log).Concat(taken).OrderBy(static item => item.Item2));
        AssertNothingIsLeft(victim);
    }

    [Fact]
    public async Task A_consumer_killed_while_it_waits_holds_up_nobody()
    {
        using PeerProcess victim = new("queue-take", _queue.Address, _log, $"{nameof(FaultPoint.TakeWaiting)}:kill:1");
        Until.True(() => !Processes.IsRunning(victim.Id), "the consumer is killed as it begins to wait", 30);
        List<(long Producer, long Number)> taken = [];
        Task consumer = Consume(taken);
        PutAsSurvivor();
        _queue.Close();
        await consumer.WaitAsync(s_soon, TestContext.Current.CancellationToken);
        AssertInOrder(taken, 0);
    }

    [Fact]
    public void A_producer_killed_while_it_waits_for_room_takes_at_most_its_own_item_along()
    {
        using MemoryQueue queue = MemoryQueue.Create(capacity: 3);
        using PeerProcess victim = new("queue-put", queue.Address, _log, "1", "10", "100", $"{nameof(FaultPoint.PutWaiting)}:kill:1");
        Until.True(() => !Processes.IsRunning(victim.Id), "the producer is killed as it begins to wait", 30);
        Assert.True(queue.IsFull);
        for (long number = 0; number < 3; number++)
        {
            Assert.Equal((Victim, number), QueueItem.Check((byte[])queue.Get(1)!));
        }

        queue.Put("the next", 1);
        Assert.Equal("the next", queue.Get(1));
    }

    [Fact]
    public async Task A_process_killed_after_it_marked_a_queue_as_closed_leaves_it_closed()
    {
        List<(long Producer, long Number)> taken = [];
        Task consumer = Consume(taken);
        using PeerProcess victim = new("queue-close", _queue.Address, $"{nameof(FaultPoint.CloseMarked)}:kill:1");
        Until.True(() => !Processes.IsRunning(victim.Id), "the process is killed as it closes", 30);
        await consumer.WaitAsync(s_soon, TestContext.Current.CancellationToken);
        Assert.Throws<QueueClosedException>(() => _queue.Put(1));
    }

    [Fact]
    public void A_closed_queue_waits_for_a_producer_that_is_stopped_in_the_middle_of_its_item()
    {
        using PeerProcess victim = Producer(nameof(FaultPoint.PutHalfCopied), "stop", 2);
        Until.True(() => IsStopped(victim.Id), "the producer is stopped", 30);
        _queue.Close();
        QueueItem.Check((byte[])_queue.Get(5)!);
        Assert.Throws<QueueEmptyException>(() => _queue.Get(0.3));
        Processes.Resume(victim.Id);
        Assert.Equal((Victim, 1L), QueueItem.Check((byte[])_queue.Get(10)!));
        Assert.Throws<QueueClosedException>(() => _queue.Get(10));
    }

    private static bool IsStopped(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        return stat[stat.LastIndexOf(')') + 2] == 'T';
    }

    private static int Snapshot(List<(long Producer, long Number)> taken)
    {
        lock (taken)
        {
            return taken.Count(static item => item.Producer == Victim);
        }
    }

    private static void AssertInOrder(List<(long Producer, long Number)> taken, long victims)
    {
        Assert.Equal(Enumerable.Range(0, (int)victims).Select(static n => (long)n), taken.Where(static item => item.Producer == Victim).Select(static item => item.Number));
        Assert.Equal(
            Enumerable.Range(0, SurvivorItems).Select(static n => (long)n),
            taken.Where(static item => item.Producer == Survivor).Select(static item => item.Number));
    }

    private PeerProcess Producer(string step, string what, int time, int count = -1) =>
        new("queue-put", _queue.Address, _log, $"{Victim}", $"{count}", $"{Most}", $"{step}:{what}:{time}");

    private void PutAsSurvivor(int first = 0, int end = SurvivorItems)
    {
        for (int number = first; number < end; number++)
        {
            _queue.Put(QueueItem.Make(Survivor, number, QueueItem.SizeOf(number, Most)), 30);
        }
    }

    private Task Consume(List<(long Producer, long Number)> taken) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                while (true)
                {
                    (long Producer, long Number) item = QueueItem.Check((byte[])_queue.Get(30)!);
                    lock (taken)
                    {
                        taken.Add(item);
                    }
                }
            }
            catch (QueueClosedException)
            {
                // The end.
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>When the last holder lets go of the queue, all its files are gone.</summary>
    private void AssertNothingIsLeft(PeerProcess victim)
    {
        Until.True(() => !Processes.IsRunning(victim.Id), "the other process has ended", 30);
        _queue.Dispose();
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(_queue.Address)!, Path.GetFileNameWithoutExtension(_queue.Address) + "*"));
    }
}

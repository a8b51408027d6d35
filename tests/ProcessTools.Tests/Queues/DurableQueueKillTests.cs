using System.Diagnostics;
using System.Globalization;
using ProcessTools.Engine.Queues.Durable;
using ProcessTools.Tests.Peer;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Producers and consumers of one durable queue in several processes, which are killed: what was put is delivered, and what was reported never again.</summary>
[Trait("Platform", "portable")]
public sealed class DurableQueueKillTests : IDisposable
{
    private const int Most = 20_000;
    private static readonly int s_rounds = LongForm.Rounds(12, 1000);

    private readonly TempFolder _folder = new();
    private readonly List<PeerProcess> _peers = [];

    private string Spool => Path.Combine(_folder.Path, "spool");

    public void Dispose()
    {
        foreach (PeerProcess peer in _peers)
        {
            peer.Dispose();
        }

        _folder.Dispose();
    }

    [Fact]
    public void Kills_at_random_instants_lose_nothing_and_repeat_nothing_that_was_reported()
    {
        // So many attempts that bad luck is no reason to give an item up.
        using (Open(new DurableQueueOptions { MaxAttempts = 10_000, Capacity = 200, Lease = TimeSpan.FromHours(1) }))
        {
            Random random = new(6);
            List<PeerProcess> living = [.. Enumerable.Range(0, 5).Select(number => Start(isProducer: number < 2))];
            for (int round = 0; round < s_rounds; round++)
            {
                int place = random.Next(living.Count);
                PeerProcess victim = living[place];
                victim.AwaitReady();
                Pause(TimeSpan.FromMilliseconds(random.NextDouble() * 30));
                victim.Kill();
                living[place] = Start(isProducer: place < 2);
            }

            foreach (PeerProcess peer in living)
            {
                peer.Kill();
                Until.True(() => !Processes.IsRunning(peer.Id), "it is dead");
            }
        }

        // All are dead. The rest is taken by one who comes later.
        using DurableQueue queue = Open(new DurableQueueOptions { Durability = QueueDurability.Off });
        List<Entry> entries = ReadLogs();
        HashSet<(long, long)> rest = [];
        while (queue.TryGet(out object? item))
        {
            Assert.True(rest.Add(QueueItem.Check((byte[])item!)), "One item is there once.");
            queue.TaskDone();
        }

        Assert.Equal(0, queue.UnfinishedTasks);
        Assert.Empty(queue.DeadLetters);
        Check(entries, rest);
    }

    [Fact]
    public void An_item_of_a_killed_consumer_is_there_for_others_at_once()
    {
        using DurableQueue queue = Open();
        queue.Put(QueueItem.Make(1, 1, 50));
        using PeerProcess consumer = StartAs("durable-hold", Log("hold"));
        consumer.AwaitReady();
        Assert.Equal((0, 1), (queue.Count, queue.UnfinishedTasks));
        consumer.Kill();
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal((1L, 1L), QueueItem.Check((byte[])queue.Get(30)!));
        Assert.True(clock.Elapsed.TotalSeconds < 5);
    }

    [Fact]
    public void An_item_that_kills_its_consumers_becomes_a_dead_letter()
    {
        using DurableQueue queue = Open(new DurableQueueOptions { MaxAttempts = 2 });
        queue.Put(QueueItem.Make(1, 1, 50));
        for (int attempt = 0; attempt < 2; attempt++)
        {
            using PeerProcess consumer = StartAs("durable-hold", Log($"hold{attempt}"));
            consumer.AwaitReady();
            consumer.Kill();
            Until.True(() => !Processes.IsRunning(consumer.Id), "it is dead");
        }

        DeadLetter letter = Assert.Single(queue.DeadLetters);
        Assert.Equal(2, letter.Attempts);
        Assert.Contains($"process {_peers[^1].Id} ended", letter.LastError, StringComparison.Ordinal);
        Assert.False(queue.TryGet(out _));
    }

    [Fact]
    public void Other_processes_are_woken_and_not_found_by_looking()
    {
        using DurableQueue queue = Open(new DurableQueueOptions { Durability = QueueDurability.Off });
        using PeerProcess consumer = StartAs("durable-take", Log("take"), "60");
        consumer.AwaitReady();
        List<double> milliseconds = [];
        for (int number = 0; number < 20; number++)
        {
            Pause(TimeSpan.FromMilliseconds(20));
            Stopwatch clock = Stopwatch.StartNew();
            queue.Put(QueueItem.Make(1, number, 50));
            Assert.True(queue.Join(30));
            milliseconds.Add(clock.Elapsed.TotalMilliseconds);
        }

        milliseconds.Sort();
        Assert.True(milliseconds[10] < 100, $"The median of there and back is {milliseconds[10]} ms.");
    }

    [Fact]
    public void Consumers_of_a_closed_queue_wait_for_what_others_have_in_hand()
    {
        using DurableQueue queue = Open();
        queue.Put(QueueItem.Make(1, 1, 50));
        using PeerProcess consumer = StartAs("durable-hold", Log("hold"));
        consumer.AwaitReady();
        queue.Close();
        Background<object?> waiting = Background.Run(() => queue.Get());
        Assert.False(waiting.EndsWithin(0.2));
        consumer.Kill();
        Assert.Equal((1, 1), QueueItem.Check((byte[])waiting.Result!));
        queue.TaskDone(waiting.Result);
        Assert.Throws<QueueClosedException>(() => queue.Get());
    }

    [Fact]
    public void A_closed_queue_is_closed_to_all_until_all_have_let_go_of_it()
    {
        using DurableQueue queue = Open();
        using PeerProcess producer = StartAs("durable-put", Log("put"), "1", "-1", "100");
        producer.AwaitReady();
        Until.True(() => queue.Count > 3, "it puts");
        queue.Close();
        Until.True(() => !Processes.IsRunning(producer.Id), "the producer ends with an error");
        queue.Dispose();
        using DurableQueue again = Open();
        Assert.False(again.IsClosed);
        Assert.True(again.Count > 3);
    }

    private static void Pause(TimeSpan time) => Thread.Sleep(time);

    private static void Check(List<Entry> entries, HashSet<(long, long)> rest)
    {
        Dictionary<(long, long), long> reported = [];
        HashSet<(long, long)> begun = [];
        HashSet<(long, long)> put = [];
        HashSet<(long, long)> taken = [];
        int again = 0;
        foreach (Entry entry in entries.OrderBy(static entry => entry.Time))
        {
            (long, long) item = (entry.Producer, entry.Number);
            switch (entry.Step)
            {
                case 'B':
                    begun.Add(item);
                    break;
                case 'P':
                    put.Add(item);
                    break;
                case 'T':
                    Assert.False(reported.ContainsKey(item), $"{item} came again after it was reported.");
                    again += taken.Add(item) ? 0 : 1;
                    break;
                default:
                    Assert.True(reported.TryAdd(item, entry.Time), $"{item} was reported twice.");
                    break;
            }
        }

        Assert.All(put, item => Assert.True(taken.Contains(item) || rest.Contains(item), $"{item} was put and is lost."));
        Assert.All(taken.Concat(rest), item => Assert.Contains(item, begun));
        Assert.All(rest, item => Assert.False(reported.ContainsKey(item), $"{item} is there after it was reported."));

        // Put, and neither waiting at the end nor reported by a log: its consumer was killed between the report and the log's line.
        int unknown = put.Count(item => !rest.Contains(item) && !reported.ContainsKey(item));
        Assert.InRange(unknown, 0, s_rounds + 5);
        Assert.True(reported.Count > s_rounds, $"Only {reported.Count} items were reported.");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{s_rounds} kills; {put.Count} items put, {reported.Count} reported, {again} taken again, {rest.Count} left, {unknown} reported by a victim in its last moment");
    }

    private DurableQueue Open(DurableQueueOptions? options = null) => DurableQueue.Open(Spool, options ?? new DurableQueueOptions(), out _);

    private string Log(string name) => Path.Combine(_folder.Path, name + ".log");

    private PeerProcess Start(bool isProducer) => isProducer
        ? StartAs("durable-put", Log($"{_peers.Count}"), $"{_peers.Count}", "-1", $"{Most}")
        : StartAs("durable-take", Log($"{_peers.Count}"), "60");

    private PeerProcess StartAs(string role, string log, params string[] rest)
    {
        PeerProcess peer = new([role, Spool, log, .. rest]);
        _peers.Add(peer);
        return peer;
    }

    private List<Entry> ReadLogs()
    {
        List<Entry> entries = [];
        foreach (string file in Directory.GetFiles(_folder.Path, "*.log"))
        {
            foreach (string[] words in File.ReadAllLines(file).Select(static line => line.Split(' ')))
            {
                entries.Add(new Entry(words[0][0], Number(words[1]), Number(words[2]), Number(words[3])));
            }
        }

        return entries;

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }

    private sealed record Entry(char Step, long Producer, long Number, long Time);
}

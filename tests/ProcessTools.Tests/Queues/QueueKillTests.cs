using System.Diagnostics;
using ProcessTools.Engine.Queues;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Producers and consumers of one queue are killed at random instants, many times; not an item is damaged, doubled or out of order, and none is lost but from a killed hand.</summary>
[Trait("Platform", "portable")]
public sealed class QueueKillTests : IDisposable
{
    private const int Producers = 2;
    private const int Consumers = 2;
    private const int Most = 40_000;

    private static readonly int s_rounds = LongForm.Rounds(30, 1000);

    private readonly MemoryQueue _queue = MemoryQueue.Create(capacity: 60);
    private readonly string _folder = Directory.CreateTempSubdirectory("pt-kill-").FullName;
    private readonly List<Member> _all = [];

    public void Dispose()
    {
        foreach (Member member in _all)
        {
            member.Process.Dispose();
        }

        _queue.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Kills_at_random_instants_lose_at_most_the_item_in_each_victims_hand()
    {
        Random random = new(20261123);
        List<Member> living = [];
        for (int i = 0; i < Producers + Consumers; i++)
        {
            living.Add(Start(isProducer: i < Producers));
        }

        for (int round = 0; round < s_rounds; round++)
        {
            // One that is at work, some instant later; the others go on meanwhile, and the next boots.
            int items = random.Next(1, 60);
            Until.True(() => living.Exists(member => member.Items >= items), "a process is at work", 60);
            Member[] ready = [.. living.Where(member => member.Items >= items)];
            Member victim = ready[random.Next(ready.Length)];
            Pause(random.Next(3000));
            victim.Kill();
            living.Remove(victim);
            living.Add(Start(victim.IsProducer));
        }

        // Those who live go on: a consumer alone takes all that is put from now on.
        _queue.Close();
        foreach (Member member in living)
        {
            Until.True(() => !Processes.IsRunning(member.Process.Id), "the living come to their end", 60);
        }

        Check();
    }

    private static void Pause(int microseconds)
    {
        long until = Stopwatch.GetTimestamp() + (microseconds * Stopwatch.Frequency / 1_000_000);
        while (Stopwatch.GetTimestamp() < until)
        {
            Thread.Yield();
        }
    }

    private void Check()
    {
        Member[] consumers = [.. _all.Where(static member => !member.IsProducer)];
        List<(long Producer, long Number)>[] logs = [.. consumers.Select(static member => QueueLogs.ReadTaken(member.Log))];
        HashSet<(long Producer, long Number)> taken = [];
        foreach (List<(long Producer, long Number)> log in logs)
        {
            Assert.All(log, item => Assert.True(taken.Add(item), $"{item} was taken twice."));

            // In the order in which each producer put them.
            foreach (IGrouping<long, (long Producer, long Number)> group in log.GroupBy(static item => item.Producer))
            {
                Assert.Equal(group.Order(), group);
            }
        }

        long lost = 0;
        long total = 0;
        foreach (Member producer in _all.Where(static member => member.IsProducer))
        {
            (long begun, long put) = QueueLogs.ReadPut(producer.Log);
            long[] arrived = [.. taken.Where(item => item.Producer == producer.Number).Select(static item => item.Number).Order()];
            Assert.True(arrived.Length == 0 || arrived[^1] < begun, "Nothing arrives that was not put.");

            // An item that was put and did not arrive was in a killed consumer's hand.
            lost += Enumerable.Range(0, (int)put).LongCount(number => !taken.Contains((producer.Number, number)));
            total += put;
        }

        int killedConsumers = consumers.Count(static member => member.IsKilled);
        Assert.InRange(lost, 0, killedConsumers);
        Assert.True(total > s_rounds, $"Only {total} items were put.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{s_rounds} kills, {killedConsumers} of them consumers; {total} items put, {taken.Count} taken, {lost} lost in a killed hand");
    }

    private Member Start(bool isProducer)
    {
        int number = _all.Count;
        string log = Path.Combine(_folder, $"{number}.log");
        PeerProcess process = isProducer
            ? new PeerProcess("queue-put", _queue.Address, log, $"{number}", "-1", $"{Most}")
            : new PeerProcess("queue-take", _queue.Address, log);
        Member member = new(number, isProducer, log, process);
        _all.Add(member);
        return member;
    }

    private sealed record Member(int Number, bool IsProducer, string Log, PeerProcess Process)
    {
        public bool IsKilled { get; private set; }

        /// <summary>How many items it has put or taken.</summary>
        public long Items => IsProducer ? QueueLogs.ReadPut(Log).Put : QueueLogs.ReadTaken(Log).Count;

        public void Kill()
        {
            // What had come to its end by itself before is not a victim.
            IsKilled = Processes.IsRunning(Process.Id);
            Process.Kill();
            Until.True(() => !Processes.IsRunning(Process.Id), "it is dead", 30);
            Process.Dispose();
        }
    }
}

using ProcessTools.Engine.Queues;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Producers and consumers that are delayed at every step for a random while, so that all kinds of interleavings happen.</summary>
public sealed class QueueStressTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pt-stress-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null, 60_000)]
    [InlineData(3, 300)]
    [InlineData(40, 120_000)]
    public void With_pauses_at_every_step_every_item_arrives_once_and_in_order(int? capacity, int most)
    {
        int each = LongForm.Rounds(400, 1500);
        using MemoryQueue queue = MemoryQueue.Create(capacity: capacity);
        PeerProcess[] consumers = [.. Enumerable.Range(0, 2).Select(n => new PeerProcess("queue-take", queue.Address, Log($"c{n}"), "any:pause:0"))];
        PeerProcess[] producers = [.. Enumerable.Range(0, 2).Select(n => new PeerProcess("queue-put", queue.Address, Log($"p{n}"), $"{n}", $"{each}", $"{most}", "any:pause:0"))];
        try
        {
            foreach (PeerProcess process in producers)
            {
                Until.True(() => !Processes.IsRunning(process.Id), "the producers come to their end", 120);
            }

            queue.Close();
            foreach (PeerProcess process in consumers)
            {
                Until.True(() => !Processes.IsRunning(process.Id), "the consumers come to their end", 120);
            }
        }
        finally
        {
            foreach (PeerProcess process in producers.Concat(consumers))
            {
                process.Dispose();
            }
        }

        List<(long Producer, long Number)>[] logs = [.. Enumerable.Range(0, 2).Select(n => QueueLogs.ReadTaken(Log($"c{n}")))];
        Assert.Equal(2 * each, logs.Sum(static log => log.Count));
        Assert.Equal(2 * each, logs.SelectMany(static log => log).Distinct().Count());
        foreach (List<(long Producer, long Number)> log in logs)
        {
            Assert.All(log.GroupBy(static item => item.Producer), static group => Assert.Equal(group.Order(), group));
        }

        Assert.True(queue.Join(5), "The consumers reported every item.");
    }

    private string Log(string name) => Path.Combine(_folder, name);
}

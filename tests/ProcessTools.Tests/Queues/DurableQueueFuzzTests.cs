using ProcessTools.Engine.Queues.Durable;
using ProcessTools.Tests.Peer;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Files of durable queues that are damaged at random: no crash, no hang, no item that was not put, and the queue can be used again.</summary>
public sealed class DurableQueueFuzzTests : IDisposable
{
    private const int Items = 120;
    private const int PageSize = 4096;

    private static readonly int s_rounds = LongForm.Rounds(12, 2000);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_is_damaged_anywhere_gives_only_what_was_put_and_can_be_used_again(bool hasLog)
    {
        string template = Path.Combine(_folder.Path, "template");
        Fill(template, hasLog);
        int repaired = 0;
        int refused = 0;
        long got = 0;
        for (int seed = 0; seed < s_rounds; seed++)
        {
            string spool = Path.Combine(_folder.Path, $"spool{seed}");
            CopyAndDamage(template, spool, new Random(seed));
            try
            {
                got += Use(spool, ref repaired);
            }
            catch (QueueStorageException exception) when (exception.Message.Contains("another", StringComparison.Ordinal))
            {
                // The damage made it a file of another program or version, which is left alone.
                refused++;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}", exception);
            }

            Directory.Delete(spool, recursive: true);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{s_rounds} files: {repaired} repaired, {refused} refused, {got} of {(long)s_rounds * Items} items got");
        Assert.InRange(refused, 0, s_rounds / 4);
        Assert.True(got > s_rounds * Items / 4L, $"{got} items");
    }

    /// <summary>Takes all that can be taken, opening it again after an error, and uses it.</summary>
    private static int Use(string spool, ref int repaired)
    {
        HashSet<long> numbers = [];
        Exception? last = null;
        for (int opening = 0; opening < 4; opening++)
        {
            try
            {
                using DurableQueue queue = DurableQueue.Open(spool, new DurableQueueOptions { Durability = QueueDurability.Off, MaxAttempts = 2 }, out string? report);
                repaired += report is null ? 0 : 1;
                bool isWhole = true;
                for (int look = 0; look < 4 * Items && TryTake(queue, ref isWhole, out object? item); look++)
                {
                    if (item is byte[] bytes)
                    {
                        (long producer, long number) = QueueItem.Check(bytes);
                        Assert.Equal(1, producer);
                        Assert.InRange(number, 0, Items - 1);

                        // An item whose report was lost with the damage comes again.
                        numbers.Add(number);
                        queue.TaskDone();
                    }
                }

                if (!isWhole)
                {
                    // It was said, and who opens it next repairs it.
                    continue;
                }

                // What seems to be on lease may come back while this is looked for.
                queue.Put("it goes on");
                Until.True(() => TryTake(queue, ref isWhole, out object? item) && item is "it goes on", "what is put is got");
                return numbers.Count;
            }
            catch (QueueDamagedException exception)
            {
                // Who opens it next repairs it.
                last = exception;
            }
            catch (SharedPropertyException exception) when (exception.InnerException is QueueDamagedException)
            {
                last = exception;
            }
        }

        throw new InvalidOperationException($"It was opened four times and is damaged still: {last?.Message}", last);
    }

    private static bool TryTake(DurableQueue queue, ref bool isWhole, out object? item)
    {
        item = null;
        try
        {
            return queue.TryGet(out item);
        }
        catch (InvalidDataFrameException)
        {
            // Its sum is wrong: it is a dead letter.
            isWhole = false;
            return true;
        }
    }

    private void Fill(string spool, bool hasLog)
    {
        if (hasLog)
        {
            using PeerProcess producer = new("durable-put", spool, Path.Combine(_folder.Path, "log"), "1", $"{Items}", "3000", "hold");
            producer.AwaitReady();
            Assert.Equal("done", producer.ReadLine());
            producer.Kill();
            Until.True(() => !Processes.IsRunning(producer.Id), "it is dead");
            return;
        }

        using DurableQueue queue = DurableQueue.Open(spool, new DurableQueueOptions { Durability = QueueDurability.Off }, out _);
        for (int number = 0; number < Items; number++)
        {
            queue.Put(QueueItem.Make(1, number, QueueItem.SizeOf(number, 3000)));
        }
    }

    private static void CopyAndDamage(string template, string spool, Random random)
    {
        Directory.CreateDirectory(spool);
        foreach (string file in Directory.GetFiles(template, "queue.db*"))
        {
            byte[] content = File.ReadAllBytes(file);
            if (!file.EndsWith("-shm", StringComparison.Ordinal) && random.Next(3) > 0)
            {
                Damage(ref content, random);
            }

            File.WriteAllBytes(Path.Combine(spool, Path.GetFileName(file)), content);
        }
    }

    private static void Damage(ref byte[] content, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                for (int i = 0; i < 10; i++)
                {
                    content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
            case 1:
                content = content[..random.Next(content.Length)];
                break;
            case 2:
                random.NextBytes(Part(content, random));
                break;
            case 3:
                Part(content, random).Clear();
                break;
            case 4:
                // A page that was written to the wrong place.
                int pages = content.Length / PageSize;
                content.AsSpan(random.Next(pages) * PageSize, PageSize).CopyTo(content.AsSpan(random.Next(pages) * PageSize));
                break;
            default:
                content = [.. content, .. new byte[random.Next(3 * PageSize)]];
                break;
        }
    }

    private static Span<byte> Part(byte[] content, Random random)
    {
        int start = random.Next(content.Length);
        return content.AsSpan(start, random.Next(Math.Min(2 * PageSize, content.Length - start)));
    }
}

using ProcessTools.Engine.Queues.Durable;
using ProcessTools.Tests.Peer;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Files of durable queues that are cut off, overwritten, or on a full disk: what is whole is kept, and what is wrong is said.</summary>
public sealed class DurableQueueDamageTests : IDisposable
{
    private const int Items = 300;
    private const int PageSize = 4096;

    private readonly TempFolder _folder = new();

    private string Spool => Path.Combine(_folder.Path, "spool");

    private string Database => Path.Combine(Spool, "queue.db");

    private string Log => Database + "-wal";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.999)]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0)]
    public void A_log_that_is_cut_off_keeps_all_that_is_before(double part)
    {
        KillAProducer();
        byte[] log = File.ReadAllBytes(Log);
        File.WriteAllBytes(Log, log[..(int)(log.Length * part)]);
        int count = AssertUnbrokenSequence(out string? report);
        Assert.Null(report);
        Assert.InRange(count, (int)(Items * part * 0.5) - 2, Items);
    }

    [Theory]
    [InlineData(0.95)]
    [InlineData(0.5)]
    [InlineData(0.01)]
    public void A_log_whose_end_is_garbage_keeps_all_that_is_before(double part)
    {
        KillAProducer();
        byte[] log = File.ReadAllBytes(Log);
        new Random(1).NextBytes(log.AsSpan((int)(log.Length * part)));
        File.WriteAllBytes(Log, log);
        AssertUnbrokenSequence(out string? report);
        Assert.Null(report);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(0.3)]
    [InlineData(0)]
    public void A_log_with_a_changed_bit_in_its_midst_is_kept_and_said(double part)
    {
        KillAProducer();
        byte[] log = File.ReadAllBytes(Log);
        log[(int)(log.Length * part) + 20] ^= 1;
        File.WriteAllBytes(Log, log);
        int count = AssertUnbrokenSequence(out string? report);
        Assert.InRange(count, 0, Items - 1);
        Assert.Contains("was damaged in its midst", report, StringComparison.Ordinal);
        Assert.Equal(log, File.ReadAllBytes(Assert.Single(Directory.GetFiles(Spool, "queue.db.corrupt-*-wal"))));
    }

    [Theory]
    [InlineData(0.9, 0.5)]
    [InlineData(0.5, 0.2)]
    [InlineData(0.2, 0.02)]
    public void A_file_that_is_cut_off_gives_what_can_be_read_and_is_put_aside(double part, double least)
    {
        Fill();
        using (FileStream file = new(Database, FileMode.Open))
        {
            file.SetLength((long)(file.Length * part) / PageSize * PageSize);
        }

        AssertSalvaged(least);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_file_with_pages_of_garbage_gives_what_can_be_read_and_is_put_aside(int seed)
    {
        Fill();
        Random random = new(seed);
        using (FileStream file = new(Database, FileMode.Open))
        {
            byte[] garbage = new byte[PageSize];
            for (int i = 0; i < 5; i++)
            {
                random.NextBytes(garbage);
                file.Position = random.Next(10, (int)(file.Length / PageSize)) * (long)PageSize;
                file.Write(garbage);
            }
        }

        // No log says that something is wrong; reading does, and says what to do.
        string? report;
        try
        {
            using DurableQueue queue = Open(out report);
            while (queue.TryGet(out _))
            {
                queue.GiveBack("not yet");
                queue.TryGet(out _);
            }
        }
        catch (QueueDamagedException exception)
        {
            Assert.Equal("QueueDamaged", exception.ErrorId);
        }
        catch (SharedPropertyException)
        {
        }

        AssertSalvaged(0.3, isCertain: false);
    }

    [Theory]
    [InlineData("not a database at all, and longer than the hundred bytes that a header has, so that nobody could take it for a short file")]
    [InlineData("short")]
    public void A_file_that_is_no_database_is_put_aside(string content)
    {
        Fill();
        File.WriteAllText(Database, content);
        using DurableQueue queue = Open(out string? report);
        Assert.Contains("damaged", report, StringComparison.Ordinal);
        Assert.Equal(0, queue.Count);
        queue.Put(1);
        Assert.Equal(content, File.ReadAllText(Directory.GetFiles(Spool, "queue.db.corrupt-*").Single()));
    }

    [Fact]
    public void A_database_of_another_program_is_left_alone()
    {
        Directory.CreateDirectory(Spool);
        using (SqliteDatabase other = SqliteDatabase.Open(Spool, Database))
        {
            other.Run("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
        }

        byte[] before = File.ReadAllBytes(Database);
        Assert.Contains("another program", Assert.Throws<QueueStorageException>(() => Open(out _)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
    }

    [Fact]
    public void An_item_whose_bytes_were_changed_is_an_error_and_ends_as_a_dead_letter()
    {
        using (DurableQueue queue = Open(out _))
        {
            queue.Put("something to be changed");
            queue.Put("good");
        }

        byte[] file = File.ReadAllBytes(Database);
        int place = file.AsSpan().IndexOf("to be changed"u8);
        file[place] ^= 1;
        File.WriteAllBytes(Database, file);
        using DurableQueue again = DurableQueue.Open(Spool, new DurableQueueOptions { MaxAttempts = 2 }, out _);
        Assert.Throws<InvalidDataFrameException>(() => again.Get(1));
        Assert.Equal("good", again.Get(1));
        DeadLetter letter = Assert.Single(again.DeadLetters);
        Assert.Null(letter.Item);
        Assert.Contains("changed on the disk", letter.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_an_error_and_nothing_is_lost()
    {
        using DurableQueue queue = DurableQueue.Open(Spool, new DurableQueueOptions { MaxPages = 300, Durability = QueueDurability.Off }, out _);
        int put = 0;
        QueueStorageFullException error = Assert.Throws<QueueStorageFullException>(() => PutUntilFull(queue, ref put));
        Assert.Equal("QueueStorageFull", error.ErrorId);
        Assert.InRange(put, 50, 300);
        Assert.Equal(put, queue.Count);

        // There is room again when something was reported.
        for (int number = 0; number < 20; number++)
        {
            Assert.Equal((1L, number), QueueItem.Check((byte[])queue.Get()!));
            queue.TaskDone();
        }

        queue.Put(QueueItem.Make(1, put, 5000));
        for (int number = 20; number <= put; number++)
        {
            Assert.Equal((1L, number), QueueItem.Check((byte[])queue.Get()!));
            queue.TaskDone();
        }

        Assert.False(queue.TryGet(out _));
    }

    [Fact]
    public void A_full_file_system_is_an_error_and_nothing_is_lost()
    {
        using SmallDisk disk = new("1m");
        int put = 0;
        string spool = Path.Combine(disk.Path, "spool");
        using (DurableQueue queue = DurableQueue.Open(spool, new DurableQueueOptions(), out _))
        {
            Assert.Throws<QueueStorageFullException>(() => PutUntilFull(queue, ref put));
            Assert.InRange(put, 10, 200);
            Assert.Equal(put, queue.Count);
        }

        using DurableQueue again = DurableQueue.Open(spool, new DurableQueueOptions(), out string? report);
        Assert.Null(report);
        Assert.Equal(put, again.Count);
        disk.Resize("3m");
        for (int number = 0; number < put; number++)
        {
            Assert.Equal((1L, number), QueueItem.Check((byte[])again.Get()!));
            again.TaskDone();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_disk_that_the_queue_has_filled_can_be_emptied_by_its_consumers(bool isReopened)
    {
        using SmallDisk disk = new("40m");
        string spool = Path.Combine(disk.Path, "spool");
        DurableQueueOptions options = new() { Durability = QueueDurability.Off };
        DurableQueue queue = DurableQueue.Open(spool, options, out _);
        try
        {
            int put = 0;
            Assert.Throws<QueueStorageFullException>(() => PutUntilFull(queue, ref put));
            Assert.InRange(put, 500, 20_000);
            if (isReopened)
            {
                queue.Dispose();
                queue = DurableQueue.Open(spool, options, out string? report);
                Assert.Null(report);
            }

            for (int number = 0; number < put; number++)
            {
                Assert.Equal((1L, number), QueueItem.Check((byte[])queue.Get()!));
                if (number % 10 == 3)
                {
                    queue.GiveBack("again");
                    queue.Get();
                }

                queue.TaskDone();
            }

            Assert.False(queue.TryGet(out _));
            queue.Put("there is room again");
            Assert.Equal("there is room again", queue.Get());
        }
        finally
        {
            queue.Dispose();
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_an_error()
    {
        string file = _folder.Write("file", "not a folder");
        Assert.Equal("QueueStorage", Assert.Throws<QueueStorageException>(() => DurableQueue.Open(Path.Combine(file, "spool"), new DurableQueueOptions(), out _)).ErrorId);
        Assert.Equal("QueueStorage", Assert.Throws<QueueStorageException>(() => DurableQueue.Open("/proc/spool", new DurableQueueOptions(), out _)).ErrorId);
    }

    [Fact]
    public void A_repair_that_was_cut_off_before_its_last_step_is_finished()
    {
        Fill();
        File.Move(Database, Database + ".salvaged");
        File.WriteAllText(Log, "a log of what was damaged");
        AssertUnbrokenSequence(out string? report);
        Assert.Null(report);
    }

    private static void PutUntilFull(DurableQueue queue, ref int put)
    {
        for (; put < 10_000; put++)
        {
            queue.Put(QueueItem.Make(1, put, 5000));
        }
    }

    private DurableQueue Open(out string? report) => DurableQueue.Open(Spool, new DurableQueueOptions(), out report);

    /// <summary>Puts items and ends in good order: all is in the file.</summary>
    private void Fill()
    {
        using DurableQueue queue = DurableQueue.Open(Spool, new DurableQueueOptions { Durability = QueueDurability.Off }, out _);
        for (int number = 0; number < Items; number++)
        {
            queue.Put(QueueItem.Make(1, number, QueueItem.SizeOf(number, 3000)));
        }
    }

    /// <summary>A process puts items and is killed: they are in the log.</summary>
    private void KillAProducer()
    {
        using PeerProcess producer = new("durable-put", Spool, Path.Combine(_folder.Path, "log"), "1", $"{Items}", "3000", "hold");
        producer.AwaitReady();
        Assert.Equal("done", producer.ReadLine());
        producer.Kill();
        Until.True(() => !Processes.IsRunning(producer.Id), "it is dead");
        Assert.True(new FileInfo(Log).Length > 100_000);
    }

    private int AssertUnbrokenSequence(out string? report)
    {
        using DurableQueue queue = Open(out report);
        int count = 0;
        for (; queue.TryGet(out object? item); count++)
        {
            Assert.Equal((1L, count), QueueItem.Check((byte[])item!));
        }

        queue.Put("it goes on");
        return count;
    }

    private void AssertSalvaged(double least, bool isCertain = true)
    {
        using DurableQueue queue = Open(out string? report);
        if (isCertain || report is not null)
        {
            Assert.Contains("damaged", report, StringComparison.Ordinal);
            Assert.Single(Directory.GetFiles(Spool, "queue.db.corrupt-*"), static file => !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal));
        }

        long last = -1;
        int count = 0;
        for (; queue.TryGet(out object? item); count++)
        {
            (long producer, long number) = QueueItem.Check((byte[])item!);
            Assert.Equal(1, producer);
            Assert.True(number > last);
            last = number;
            queue.TaskDone();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} of {Items}: {report}");
        Assert.InRange(count, (int)(Items * least), Items);
        queue.Put("it goes on");
        Assert.Equal("it goes on", queue.Get(1));
    }
}

using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Queues;
using ProcessTools.Engine.Queues.Durable;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>A durable queue in one process: what it keeps, and how its items are leased, reported, returned and given up.</summary>
[Trait("Platform", "portable")]
public sealed class DurableQueueTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private DurableQueue _queue;

    public DurableQueueTests()
    {
        _queue = Open();
    }

    public void Dispose()
    {
        _queue.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Items_come_out_in_the_order_in_which_they_were_put()
    {
        for (int number = 0; number < 100; number++)
        {
            _queue.Put(number);
        }

        Assert.Equal(100, _queue.Count);
        for (int number = 0; number < 100; number++)
        {
            Assert.Equal(number, _queue.Get(1));
            _queue.TaskDone();
        }

        Assert.True(_queue.IsEmpty);
        Assert.Equal(0, _queue.UnfinishedTasks);
    }

    [Fact]
    public void What_was_put_is_there_when_the_queue_is_opened_again()
    {
        _queue.Put(null);
        _queue.Put("text");
        _queue.Put(new byte[300_000]);
        Reopen();
        Assert.Equal(3, _queue.Count);
        Assert.Null(_queue.Get(1));
        Assert.Equal("text", _queue.Get(1));
        Assert.Equal(300_000, ((byte[])_queue.Get(1)!).Length);
    }

    [Fact]
    public void An_item_that_was_reported_is_gone_and_one_that_was_not_is_there_again()
    {
        _queue.Put("reported");
        _queue.Put("taken");
        _queue.Put("waiting");
        _queue.Get();
        _queue.TaskDone();
        _queue.Get();
        Reopen();
        Assert.Equal(2, _queue.Count);
        Assert.Equal("taken", _queue.Get(1));
        Assert.Equal("waiting", _queue.Get(1));
    }

    [Fact]
    public void A_folder_is_one_queue_in_a_process()
    {
        Assert.Same(_queue, Open());
        Assert.Equal(_queue.Id, Open().Id);
        Assert.Equal(Folder, _queue.ToString());
        Assert.Equal(Folder, _queue.Path);
        Assert.Null(_queue.Name);
    }

    [Fact]
    public void Its_files_are_the_users_alone()
    {
        _queue.Put(1);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        foreach (string file in Directory.GetFiles(Folder))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void Settings_are_the_queues_and_stay()
    {
        Assert.Equal((null, TimeSpan.FromSeconds(60), 5, QueueDurability.Full), (_queue.Capacity, _queue.LeaseTime, _queue.MaxAttempts, _queue.Durability));
        Open(new DurableQueueOptions { Capacity = 7, Lease = TimeSpan.FromSeconds(2.5), MaxAttempts = 2, Durability = QueueDurability.Off });
        Reopen();
        Assert.Equal((7, TimeSpan.FromSeconds(2.5), 2, QueueDurability.Full), (_queue.Capacity, _queue.LeaseTime, _queue.MaxAttempts, _queue.Durability));
        Open(new DurableQueueOptions { MaxAttempts = 3 });
        Assert.Equal((7, 3), (_queue.Capacity, _queue.MaxAttempts));
    }

    [Fact]
    public void A_producer_waits_while_the_queue_is_full()
    {
        Open(new DurableQueueOptions { Capacity = 2 });
        _queue.Put(1);
        _queue.Put(2);
        Assert.True(_queue.IsFull);
        Assert.False(_queue.TryPut(3));
        Assert.Throws<QueueFullException>(() => _queue.Put(3, 0.1));
        Background<bool> producer = Background.Run(() => _queue.Put(3));
        Assert.False(producer.EndsWithin(0.2));
        Assert.Equal(1, _queue.Get());
        Assert.True(producer.Result);
        Assert.Equal(2, _queue.Count);
    }

    [Fact]
    public void A_consumer_waits_for_an_item_and_no_longer_than_it_was_told()
    {
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Throws<QueueEmptyException>(() => _queue.Get(0.3));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.3, 5);
        Assert.False(_queue.TryGet(out _));
        Background<object?> consumer = Background.Run(() => _queue.Get());
        Assert.False(consumer.EndsWithin(0.1));
        _queue.Put("item");
        Assert.Equal("item", consumer.Result);
    }

    [Fact]
    public void Many_waiting_consumers_get_one_item_each_at_once()
    {
        Background<object?>[] consumers = [.. Enumerable.Range(0, 8).Select(_ => Background.Run(() => _queue.Get(30)))];
        Assert.False(consumers[0].EndsWithin(0.2));
        Stopwatch clock = Stopwatch.StartNew();
        for (int number = 0; number < consumers.Length; number++)
        {
            _queue.Put(number);
        }

        Assert.Equal(Enumerable.Range(0, 8).Cast<object>(), consumers.Select(static consumer => consumer.Result!).Order());
        Assert.True(clock.Elapsed.TotalSeconds < 5, "By the bell, and not by looks at the disk one after another.");
    }

    [Fact]
    public void A_wait_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        Background<object?> consumer = Background.Run(() => _queue.Get(Timeout.InfiniteTimeSpan, source.Token));
        Assert.False(consumer.EndsWithin(0.1));
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => consumer.Result);
        _queue.Put(1);
        Assert.Equal(1, _queue.Get(1));
    }

    [Fact]
    public void A_wait_ends_when_the_queue_is_disposed_of()
    {
        Background<object?> consumer = Background.Run(() => _queue.Get());
        Assert.False(consumer.EndsWithin(0.1));
        _queue.Dispose();
        Assert.Throws<QueueClosedException>(() => consumer.Result);
        Assert.Throws<QueueClosedException>(() => _queue.Put(1));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Closed_it_gives_what_it_has_and_is_open_when_it_is_opened_again()
    {
        _queue.Put(1);
        Background<bool> waiting = Background.Run(() =>
        {
            _queue.Get();
            _queue.TaskDone();
            _queue.Get();
        });
        Until.True(() => _queue.UnfinishedTasks == 0, "the first is done");
        _queue.Put(2);
        Assert.True(waiting.Result);
        _queue.Put(3);
        _queue.Close();
        Assert.True(_queue.IsClosed);
        Assert.Throws<QueueClosedException>(() => _queue.Put(4));
        Assert.Equal(3, _queue.Get());
        Assert.Throws<QueueClosedException>(() => _queue.Get());
        Reopen();
        Assert.False(_queue.IsClosed);
        _queue.Put(4);
        Assert.Equal(3, _queue.Count);
    }

    [Fact]
    public void One_who_is_stopped_in_his_turn_holds_up_nobody_for_long()
    {
        _queue.Put("first");
        _queue.Put("second");
        _queue.Get();
        using QueueBell bell = new(Path.Combine(_folder.Path, "spool", "queue.bell"));
        bell.Mutex.Acquire(TimeSpan.FromSeconds(10));
        try
        {
            Stopwatch clock = Stopwatch.StartNew();
            Assert.False(_queue.TryPut("third"));
            Assert.False(_queue.TryGet(out _));
            Assert.Throws<QueueEmptyException>(() => _queue.Get(1.5));
            Assert.Equal(1, _queue.Count);
            _queue.Close();
            _queue.Dispose();
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        }
        finally
        {
            bell.Mutex.Release();
        }
    }

    [Fact]
    public void An_item_that_was_in_hand_when_the_system_was_restarted_is_back_at_once()
    {
        _queue.Put("item");
        _queue.Get();
        using (SqliteDatabase database = SqliteDatabase.Open("spool", Path.Combine(_folder.Path, "spool", "queue.db")))
        {
            database.Run($"UPDATE leases SET domain = domain + {1L << 32}");
        }

        Assert.Equal("item", _queue.Get(30));
    }

    [Fact]
    public void A_folder_and_a_link_to_it_are_one_queue()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), Path.Combine(_folder.Path, "spool"));
        Assert.Same(_queue, DurableQueue.Open(Path.Combine(_folder.Path, "link"), new DurableQueueOptions(), out _));
        _queue.Put("item");
        Assert.Equal("item", _queue.Get(1));
    }

    [Fact]
    public void A_folder_that_is_deleted_under_it_is_an_error_and_a_new_one_another_queue()
    {
        Directory.Delete(Path.Combine(_folder.Path, "spool"), recursive: true);
        DurableQueue deleted = _queue;
        Until.True(() => Record.Exception(() => deleted.TryGet(out _)) is QueueStorageException, "it is noticed");
        _queue = Open();
        Assert.NotSame(deleted, _queue);
        _queue.Put("item");
        Assert.Equal(1, _queue.Count);
        deleted.Dispose();
    }

    [Fact]
    public void A_folder_that_another_took_the_place_of_is_an_error()
    {
        NativePlatform.Require("tell a file from one that has taken its place");
        string spool = Path.Combine(_folder.Path, "spool");
        Directory.Move(spool, Path.Combine(_folder.Path, "away"));
        Directory.CreateDirectory(spool);
        File.WriteAllText(Path.Combine(spool, "queue.db"), string.Empty);
        Until.True(() => Record.Exception(() => _queue.TryGet(out _)) is QueueStorageException, "it is noticed");
    }

    [Fact]
    public void Reporting_more_than_was_taken_is_an_error()
    {
        _queue.Put(1);
        Assert.Throws<TaskDoneException>(_queue.TaskDone);
        _queue.Get();
        _queue.TaskDone();
        Assert.Throws<TaskDoneException>(_queue.TaskDone);
        Assert.Throws<TaskDoneException>(() => _queue.GiveBack("no reason"));
    }

    [Fact]
    public void What_is_reported_is_what_was_taken_last_so_that_an_item_that_failed_shifts_nothing()
    {
        foreach (string item in new[] { "fails", "done", "done as well" })
        {
            _queue.Put(item);
        }

        _queue.Get();
        _queue.Get();
        _queue.TaskDone();
        _queue.Get();
        _queue.TaskDone();
        Reopen();
        Assert.Equal("fails", _queue.Get(1));
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public void A_runspace_does_not_report_what_another_has_taken_unless_it_says_which()
    {
        object[] items = ["text", 5, new PSObject(new Hashtable { ["n"] = 1 }), new PSObject(), null!];
        foreach (object item in items)
        {
            _queue.Put(item);
        }

        object?[] taken = [.. items.Select(_ => _queue.Get())];
        Background.Run(() =>
        {
            TaskDoneException error = Assert.Throws<TaskDoneException>(_queue.TaskDone);
            Assert.Contains("have 5 of them", error.Message, StringComparison.Ordinal);
            Assert.Throws<TaskDoneException>(() => _queue.GiveBack("no reason"));
            Assert.Throws<TaskDoneException>(() => _queue.TaskDone("another text"));
            Assert.Throws<TaskDoneException>(() => _queue.TaskDone(new PSObject()));

            // As copies, where the value is all there is, and without PowerShell's wrapper.
            _queue.TaskDone(new string("text"));
            _queue.GiveBack(5, "for another attempt");
            _queue.TaskDone(new PSObject(taken[2]));
            _queue.TaskDone(taken[3]);
            _queue.TaskDone(null);
        }).Result.ToString();
        Reopen();
        Assert.Equal(5, _queue.Get(1));
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public void Items_whose_leases_ended_long_ago_are_forgotten()
    {
        Open(new DurableQueueOptions { Lease = TimeSpan.FromMilliseconds(1), MaxAttempts = int.MaxValue, Durability = QueueDurability.Off });
        for (int number = 0; number < 300; number++)
        {
            _queue.Put($"never reported {number}");
        }

        WeakReference first = Take();
        for (int number = 1; number < 300; number++)
        {
            _queue.Get(60);
        }

        Until.True(
            () =>
            {
                GC.Collect();
                return !first.IsAlive;
            },
            "the first is forgotten");

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference Take() => new(_queue.Get());
    }

    [Fact]
    public void An_item_whose_lease_ends_goes_back_to_its_place_and_cannot_be_reported_any_more()
    {
        Open(new DurableQueueOptions { Lease = TimeSpan.FromSeconds(0.3) });
        _queue.Put("first");
        _queue.Put("second");
        Assert.Equal("first", _queue.Get());
        Until.True(() => _queue.Count == 2, "it is back", 5);
        LeaseLostException error = Assert.Throws<LeaseLostException>(_queue.TaskDone);
        Assert.Equal("LeaseLost", error.ErrorId);
        Open(new DurableQueueOptions { Lease = TimeSpan.FromSeconds(60) });
        Assert.Equal("first", _queue.Get());
        _queue.TaskDone();
        Assert.Equal("second", _queue.Get());
    }

    [Fact]
    public void A_waiting_consumer_gets_an_item_whose_lease_ends()
    {
        Open(new DurableQueueOptions { Lease = TimeSpan.FromSeconds(0.5) });
        _queue.Put("item");
        _queue.Get();
        Assert.Equal("item", _queue.Get(5));
    }

    [Fact]
    public void A_renewed_lease_ends_later()
    {
        Open(new DurableQueueOptions { Lease = TimeSpan.FromSeconds(1) });
        _queue.Put("item");
        _queue.Get();
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < 2)
        {
            Assert.Equal(1, _queue.Renew());
            Assert.Equal(0, _queue.Count);
        }

        _queue.TaskDone();
        Assert.Equal(0, _queue.UnfinishedTasks);
        Assert.Equal(0, _queue.Renew());
    }

    [Fact]
    public void What_is_given_back_too_often_becomes_a_dead_letter_and_can_be_tried_again()
    {
        Open(new DurableQueueOptions { MaxAttempts = 3 });
        _queue.Put("poison");
        _queue.Put("good");
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal("poison", _queue.Get(1));
            _queue.GiveBack($"attempt {attempt} failed");
        }

        Assert.Equal(1, _queue.Count);
        DeadLetter letter = Assert.Single(_queue.DeadLetters);
        Assert.Equal(("poison", 3, "attempt 3 failed"), (letter.Item, letter.Attempts, letter.LastError));
        Assert.InRange(letter.Time, DateTime.Now.AddMinutes(-1), DateTime.Now);
        Reopen();
        Assert.Single(_queue.DeadLetters);
        Assert.Equal(1, _queue.RequeueDeadLetters());
        Assert.Empty(_queue.DeadLetters);
        Assert.Equal("poison", _queue.Get(1));
        _queue.TaskDone();
        Assert.Equal("good", _queue.Get(1));
    }

    [Fact]
    public void Dead_letters_can_be_deleted()
    {
        Open(new DurableQueueOptions { MaxAttempts = 1 });
        for (int number = 0; number < 3; number++)
        {
            _queue.Put(number);
            _queue.Get();
            _queue.GiveBack("no");
        }

        Assert.Equal(0, _queue.UnfinishedTasks);
        Assert.Equal([0, 1, 2], _queue.DeadLetters.Select(static letter => letter.Item));
        Assert.Equal(3, _queue.ClearDeadLetters());
        Assert.Empty(_queue.DeadLetters);
        Assert.Equal(0, _queue.RequeueDeadLetters());
    }

    [Fact]
    public void Joining_waits_until_all_is_reported_or_given_up()
    {
        Open(new DurableQueueOptions { MaxAttempts = 1 });
        Assert.True(_queue.Join(0));
        _queue.Put(1);
        _queue.Put(2);
        Assert.False(_queue.Join(0.1));
        Background<bool> joiner = Background.Run(() => _queue.Join(30));
        _queue.Get();
        _queue.TaskDone();
        Assert.False(joiner.EndsWithin(0.1));
        _queue.Get();
        _queue.GiveBack("no");
        Assert.True(joiner.Result);
    }

    [Fact]
    public void What_cannot_be_kept_is_refused_and_the_queue_is_as_before()
    {
        using MemoryQueue other = MemoryQueue.Create();
        Assert.Throws<NotSerializableException>(() => _queue.Put(other));
        Assert.Throws<NotSerializableException>(() => _queue.Put(new Dictionary<string, object> { ["a"] = _queue }));
        Assert.Throws<NotSerializableException>(() => _queue.Put(new Action(() => { })));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void It_can_be_waited_for_together_with_others()
    {
        using MemoryQueue other = MemoryQueue.Create();
        ProcessChannel[] both = [other, _queue];
        Assert.Equal(-1, ChannelWait.Any(both, TimeSpan.FromSeconds(0.2), default));
        Background<int> wait = Background.Run(() => ChannelWait.Any(both, TimeSpan.FromSeconds(30), default));
        Assert.False(wait.EndsWithin(0.1));
        Stopwatch clock = Stopwatch.StartNew();
        _queue.Put(1);
        Assert.Equal(1, wait.Result);
        Assert.True(clock.Elapsed.TotalSeconds < 0.9, "By the bell.");
        _queue.Get();
        Assert.Equal(-1, ChannelWait.Any(both, TimeSpan.FromSeconds(0.1), default));
        _queue.Close();
        Assert.Equal(1, ChannelWait.Any(both, TimeSpan.FromSeconds(0.1), default));
    }

    [Fact]
    public void A_queue_in_memory_has_nothing_of_it()
    {
        using MemoryQueue memory = MemoryQueue.Create();
        Assert.Null(memory.Path);
        Assert.Null(memory.LeaseTime);
        Assert.Null(memory.MaxAttempts);
        Assert.Null(memory.Durability);
        Assert.Empty(memory.DeadLetters);
        Assert.Equal("QueueNotDurable", Assert.Throws<QueueNotDurableException>(() => memory.Renew()).ErrorId);
        Assert.Throws<QueueNotDurableException>(() => memory.GiveBack("no"));
        Assert.Throws<QueueNotDurableException>(() => memory.RequeueDeadLetters());
        Assert.Throws<QueueNotDurableException>(() => memory.ClearDeadLetters());
    }

    [Fact]
    public void Threads_get_each_item_once()
    {
        const int Items = 400;
        Background<List<int>>[] consumers = [.. Enumerable.Range(0, 4).Select(_ => Background.Run(() =>
        {
            List<int> got = [];
            while (_queue.TryGet(out object? item, 5))
            {
                got.Add((int)item!);
                _queue.TaskDone();
            }

            return got;
        }))];
        Open(new DurableQueueOptions { Durability = QueueDurability.Off });
        Background<bool>[] producers = [.. Enumerable.Range(0, 4).Select(producer => Background.Run(() =>
        {
            for (int number = 0; number < Items / 4; number++)
            {
                _queue.Put((producer * Items / 4) + number);
            }
        }))];
        Assert.All(producers, static producer => Assert.True(producer.Result));
        Assert.True(_queue.Join(30));
        Assert.Equal(Enumerable.Range(0, Items), consumers.SelectMany(static consumer => consumer.Result).Order());
    }

    private string Folder => Path.Combine(_folder.Path, "spool");

    private DurableQueue Open(DurableQueueOptions? options = null) => DurableQueue.Open(Folder, options ?? new DurableQueueOptions(), out _);

    private void Reopen()
    {
        _queue.Dispose();
        _queue = Open();
    }
}

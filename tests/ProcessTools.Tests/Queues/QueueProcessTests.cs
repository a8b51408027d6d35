using System.Management.Automation;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Queues between real workers: order, limits, names, ends and deaths.</summary>
[Trait("Platform", "portable")]
public sealed class QueueProcessTests : ChannelTest
{
    [Fact]
    public void Program_3_one_process_puts_a_message_and_another_gets_it()
    {
        Assert.Equal(
            "msg:message",
            One("$queue = New-ProcessQueue; $null = Start-WorkerProcess { param($m) ($using:queue).Put($m) } -ArgumentList message; Start-WorkerProcess { \"msg:$(($using:queue).Get())\" } | Receive-Job -Wait"));
    }

    [Fact]
    public void A_worker_that_waits_for_an_item_gets_one_that_is_put_later()
    {
        ProcessQueue queue = NewQueue();
        WorkerProcess worker = NewWorker("param($q) Start-WorkerProcess { 'ready'; ($using:q).Get() }", queue);
        AwaitIdle(worker);
        queue.Put("late");
        AwaitEnd(worker);
        Assert.Equal(["ready", "late"], worker.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public void Each_item_goes_to_exactly_one_consumer_and_each_producers_order_is_kept()
    {
        const int Producers = 3;
        const int Each = 2000;
        ProcessQueue queue = NewQueue("-Capacity 50");
        ProcessQueue results = NewQueue();
        WorkerProcess[] consumers = [.. Enumerable.Range(0, 3).Select(_ => NewWorker(
            """
            param($queue, $results)
            Start-WorkerProcess {
                $q = $using:queue
                $taken = [Collections.Generic.List[long]]::new()
                try { while ($true) { $taken.Add($q.Get()); $q.TaskDone() } } catch [ProcessTools.QueueClosedException] { }
                ($using:results).Put($taken.ToArray())
            }
            """,
            queue,
            results))];
        WorkerProcess[] producers = [.. Enumerable.Range(0, Producers).Select(producer => NewWorker(
            "param($q, $p, $each) Start-WorkerProcess { $queue = $using:q; $p = $using:p; for ($n = 0; $n -lt $using:each; $n++) { $queue.Put([long] ($p * 1000000 + $n)) } }", queue, producer, Each))];
        foreach (WorkerProcess producer in producers)
        {
            AwaitEnd(producer);
        }

        Assert.True(queue.Join(60));
        queue.Close();
        List<long> all = [];
        foreach (WorkerProcess consumer in consumers)
        {
            AwaitEnd(consumer);
            long[] taken = Assert.IsType<long[]>(results.Get(0));
            foreach (IGrouping<long, long> producer in taken.GroupBy(item => item / 1_000_000))
            {
                Assert.Equal(producer.Order(), producer);
            }

            all.AddRange(taken);
        }

        Assert.Equal(Enumerable.Range(0, Producers).SelectMany(producer => Enumerable.Range(0, Each).Select(n => (long)producer * 1_000_000 + n)), all.Order());
    }

    [Fact]
    public void One_consumer_sees_all_items_of_one_producer_in_order()
    {
        ProcessQueue queue = NewQueue();
        WorkerProcess producer = NewWorker("param($q) Start-WorkerProcess { $queue = $using:q; for ($n = 0; $n -lt 20000; $n++) { $queue.Put($n) }; $queue.Close() }", queue);
        for (int n = 0; n < 20_000; n++)
        {
            Assert.Equal(n, queue.Get(60));
        }

        Assert.Throws<QueueClosedException>(() => queue.Get(60));
        AwaitEnd(producer);
    }

    [Fact]
    public void A_full_queue_stops_a_producer_in_another_process_until_there_is_room()
    {
        ProcessQueue queue = NewQueue("-Capacity 3");
        WorkerProcess producer = NewWorker("param($q) Start-WorkerProcess { 'ready'; foreach ($n in 1..5) { ($using:q).Put($n) } }", queue);
        Until.True(() => queue.IsFull, "the queue is full", 60);
        AwaitIdle(producer);
        Assert.Equal(3, queue.Count);
        Assert.False(producer.HasExited);
        Assert.Equal([1, 2, 3, 4, 5], Enumerable.Range(0, 5).Select(_ => queue.Get(30)));
        AwaitEnd(producer);
    }

    [Fact]
    public void Capacity_and_counts_are_the_same_in_every_process()
    {
        ProcessQueue queue = NewQueue("-Capacity 2");
        queue.Put(1);
        queue.Put(2);
        WorkerProcess worker = NewWorker("param($q) Start-WorkerProcess { $q = $using:q; \"$($q.Capacity) $($q.Count) $($q.IsFull) $($q.IsEmpty) $($q.UnfinishedTasks) $($q.TryPut(3)) $($q.Id)\" }", queue);
        Assert.Equal($"2 2 True False 2 False {queue.Id}", ResultOf(worker));
    }

    [Fact]
    public void Join_in_another_process_waits_for_all_consumers()
    {
        ProcessQueue queue = NewQueue();
        foreach (int n in Enumerable.Range(0, 3))
        {
            queue.Put(n);
        }

        WorkerProcess joiner = NewWorker("param($q) Start-WorkerProcess { 'ready'; ($using:q).Join(); 'joined' }", queue);
        AwaitIdle(joiner);
        WorkerProcess consumer = NewWorker("param($q) Start-WorkerProcess { $q = $using:q; foreach ($n in 1..2) { $null = $q.Get(); $q.TaskDone() } }", queue);
        AwaitEnd(consumer);
        queue.Get();
        Assert.False(joiner.Join(0.2));
        queue.TaskDone();
        AwaitEnd(joiner);
        Assert.Equal(["ready", "joined"], joiner.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public void Close_in_one_process_ends_consumers_and_refuses_producers_in_others()
    {
        ProcessQueue queue = NewQueue();
        WorkerProcess[] consumers = [.. Enumerable.Range(0, 2).Select(_ => NewWorker(
            "param($q) Start-WorkerProcess { 'ready'; try { ($using:q).Get() } catch [ProcessTools.QueueClosedException] { 'over' }; try { ($using:q).Put(1) } catch [ProcessTools.QueueClosedException] { 'refused' } }", queue))];
        foreach (WorkerProcess consumer in consumers)
        {
            AwaitIdle(consumer);
        }

        WorkerProcess closer = NewWorker("param($q) Start-WorkerProcess { ($using:q).Close() }", queue);
        AwaitEnd(closer);
        foreach (WorkerProcess consumer in consumers)
        {
            AwaitEnd(consumer);
            Assert.Equal(["ready", "over", "refused"], consumer.Output.Select(item => item.BaseObject));
        }

        Assert.True(queue.IsClosed);
    }

    [Fact]
    public void Two_processes_meet_by_a_name()
    {
        string name = NewName();
        ProcessQueue done = NewQueue();
        WorkerProcess first = NewWorker("param($name, $done) Start-WorkerProcess { $q = New-ProcessQueue -Name $using:name; $q.Put('by name'); ($using:done).Put('put'); $null = ($using:done).Join(60) }", name, done);
        Assert.Equal("put", done.Get(60));
        WorkerProcess second = NewWorker("param($name) Start-WorkerProcess { $q = New-ProcessQueue $using:name; \"$($q.Name) $($q.Get(30))\" }", name);
        Assert.Equal($"{name} by name", ResultOf(second));
        done.TaskDone();
        AwaitEnd(first);
    }

    [Fact]
    public void A_name_means_the_same_queue_and_in_one_process_the_same_object()
    {
        string name = NewName();
        Assert.Equal([true, true], All("param($n) $a = New-ProcessQueue $n; $b = New-ProcessQueue $n.ToUpperInvariant(); [object]::ReferenceEquals($a, $b); $a.Id -eq $b.Id", name));
    }

    [Fact]
    public void Any_text_is_a_name()
    {
        string end = Guid.NewGuid().ToString();
        string[] names = [$"../../etc/{end}", $"a b*?[x]{end}", $"grüße 😀 {end}", $"{new string('n', 600)}{end}", $".{end}", $"con:{end}"];
        ProcessQueue[] queues = [.. names.Select(name => (ProcessQueue)One("param($n) New-ProcessQueue -Name $n", name)!)];
        Assert.Equal(names, queues.Select(static queue => queue.Name));
        AwaitEnd(NewWorker("param($names) Start-WorkerProcess { foreach ($name in $using:names) { (New-ProcessQueue -Name $name).Put($name) } }", [names]));
        Assert.Equal(names, queues.Select(static queue => queue.Get(0)));
        Array.ForEach(queues, static queue => queue.Dispose());
    }

    [Fact]
    public void A_name_is_free_again_as_soon_as_the_only_worker_with_the_queue_has_ended()
    {
        string name = NewName();
        WorkerProcess worker = NewWorker("param($n) Start-WorkerProcess { $q = New-ProcessQueue $using:n -Capacity 3; $q.Put('old') }", name);
        AwaitEnd(worker);
        ProcessQueue queue = NewQueue($"'{name}' -Capacity 4");
        Assert.Equal(4, queue.Capacity);
        Assert.True(queue.IsEmpty);
        queue.Put(1);
        queue.Dispose();
        Assert.True(NewQueue($"'{name}'").IsEmpty);
    }

    [Fact]
    public void A_name_is_free_again_when_its_only_holder_was_killed()
    {
        string name = NewName();
        WorkerProcess worker = NewWorker("param($n) Start-WorkerProcess { $q = New-ProcessQueue $using:n -Capacity 3; $q.Put('old'); 'ready'; $q.Join() }", name);
        AwaitIdle(worker);
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.True(worker.Join(30));
        ProcessQueue queue = NewQueue($"'{name}' -Capacity 4");
        Assert.Equal(4, queue.Capacity);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Another_capacity_than_that_of_the_queue_of_the_name_is_an_error()
    {
        string name = NewName();
        ProcessQueue queue = NewQueue($"'{name}' -Capacity 3");
        AssertError<QueueMismatchException>("QueueMismatch", ErrorCategory.InvalidArgument, "param($n) New-ProcessQueue $n -Capacity 4", name);
        Assert.Same(queue, NewQueue($"'{name}' -Capacity 3"));
        Assert.Same(queue, NewQueue($"'{name}'"));
        string unbounded = NewName();
        using ProcessQueue other = NewQueue($"'{unbounded}'");
        AssertError<QueueMismatchException>("QueueMismatch", ErrorCategory.InvalidArgument, "param($n) New-ProcessQueue $n -Capacity 4", unbounded);
        WorkerProcess worker = NewWorker("param($n) Start-WorkerProcess { try { New-ProcessQueue $using:n -Capacity 4 } catch { \"$($_.FullyQualifiedErrorId) $($_.CategoryInfo.Category)\" } }", name);
        Assert.Equal("QueueMismatch,ProcessTools.Commands.NewProcessQueueCommand InvalidArgument", ResultOf(worker));
    }

    [Fact]
    public void A_worker_ends_when_its_items_are_in_the_queue_even_if_nobody_reads_them()
    {
        ProcessQueue queue = NewQueue();
        AwaitEnd(NewWorker("param($q) Start-WorkerProcess { foreach ($n in 1..5000) { ($using:q).Put(\"item $n\") } }", queue));
        Assert.Equal(5000, queue.Count);
        Assert.Equal("item 1", queue.Get(0));
    }

    [Fact]
    public void The_queue_outlives_the_process_that_made_it()
    {
        ProcessQueue outer = NewQueue();
        AwaitEnd(NewWorker("param($o) Start-WorkerProcess { $q = New-ProcessQueue; $q.Put(1); $q.Put(2); ($using:o).Put($q) }", outer));
        ProcessQueue inner = Assert.IsAssignableFrom<ProcessQueue>(outer.Get(0));
        Assert.Equal(2, inner.Count);
        WorkerProcess worker = NewWorker("param($q) Start-WorkerProcess { ($using:q).Get(); ($using:q).Put(3) }", inner);
        Assert.Equal(1, ResultOf(worker));
        Assert.Equal(2, inner.Get(0));
        Assert.Equal(3, inner.Get(0));
    }

    [Fact]
    public void Consumers_that_are_killed_while_they_wait_take_nothing_and_the_others_go_on()
    {
        ProcessQueue queue = NewQueue();
        WorkerProcess[] workers = [.. Enumerable.Range(0, 3).Select(_ => NewWorker("param($q) Start-WorkerProcess { 'ready'; ($using:q).Get() }", queue))];
        foreach (WorkerProcess worker in workers)
        {
            AwaitIdle(worker);
        }

        Processes.Signal(workers[0].ProcessId!.Value, Processes.Kill);
        Processes.Signal(workers[1].ProcessId!.Value, Processes.Kill);
        Assert.True(workers[0].Join(30));
        Assert.True(workers[1].Join(30));
        Assert.Equal(-9, workers[0].ExitCode);
        queue.Put("for the survivor");
        AwaitEnd(workers[2]);
        Assert.Equal("for the survivor", workers[2].Output[1].BaseObject);
        queue.Put("and for me");
        Assert.Equal("and for me", queue.Get(10));
    }

    [Fact]
    public void A_producer_that_is_killed_while_it_waits_for_room_puts_nothing_and_the_others_go_on()
    {
        ProcessQueue queue = NewQueue("-Capacity 1");
        queue.Put("mine");
        WorkerProcess victim = NewWorker("param($q) Start-WorkerProcess { 'ready'; ($using:q).Put('of the victim') }", queue);
        AwaitIdle(victim);
        WorkerProcess other = NewWorker("param($q) Start-WorkerProcess { 'ready'; ($using:q).Put('of the other') }", queue);
        AwaitIdle(other);
        Processes.Signal(victim.ProcessId!.Value, Processes.Kill);
        Assert.True(victim.Join(30));
        Assert.Equal("mine", queue.Get(10));
        Assert.Equal("of the other", queue.Get(10));
        AwaitEnd(other);
        Assert.True(queue.IsEmpty);
        queue.Put("again");
        Assert.Equal("again", queue.Get(10));
    }

    [Fact]
    public void Join_says_that_items_are_lost_with_a_killed_consumer()
    {
        ProcessQueue queue = NewQueue();
        queue.Put(1);
        queue.Put(2);
        WorkerProcess victim = NewWorker("param($q) Start-WorkerProcess { ($using:q).Get(); (New-ProcessQueue).Get() }", queue);
        AwaitIdle(victim);
        queue.Get();
        Background<bool> join = Background.Run(queue.Join);
        Assert.False(join.EndsWithin(0.1));
        Processes.Signal(victim.ProcessId!.Value, Processes.Kill);
        Assert.True(victim.Join(30));
        Assert.False(join.EndsWithin(0));
        queue.TaskDone();
        TasksLostException error = Assert.Throws<TasksLostException>(() => join.Result);
        Assert.Equal("TasksLost", error.ErrorId);
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.Category);
        AssertError<TasksLostException>("TasksLost", ErrorCategory.ResourceUnavailable, "param($q) $q.Join()", queue);
    }

    [Fact]
    public void A_frozen_consumer_holds_up_nobody_who_puts_or_has_a_timeout()
    {
        ProcessQueue queue = NewQueue();
        WorkerProcess frozen = NewWorker("param($q) Start-WorkerProcess { 'ready'; ($using:q).Get() }", queue);
        AwaitIdle(frozen);
        int id = frozen.ProcessId!.Value;
        Processes.Freeze(id);
        try
        {
            foreach (int n in Enumerable.Range(1, 100))
            {
                queue.Put(n);
            }

            Assert.Equal(100, queue.Count);
            Assert.Equal(1, queue.Get(10));
        }
        finally
        {
            Processes.Resume(id);
        }

        AwaitEnd(frozen);
        Assert.Equal(2, frozen.Output[1].BaseObject);
    }
}

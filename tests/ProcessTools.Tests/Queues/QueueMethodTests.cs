using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>The methods of a queue as a script in one process calls them.</summary>
public sealed class QueueMethodTests : ChannelTest
{
    [Fact]
    public void Items_come_out_in_the_order_in_which_they_went_in()
    {
        Assert.Equal([1, 2, 3], All("$q = New-ProcessQueue; foreach ($n in 1..3) { $q.Put($n) }; foreach ($n in 1..3) { $q.Get() }"));
    }

    [Fact]
    public void Count_IsEmpty_and_IsFull_are_exact()
    {
        Assert.Equal(
            [0L, true, false, 1L, false, false, 2L, false, true, 1L, false, false],
            All("$q = New-ProcessQueue -Capacity 2; $q.Count; $q.IsEmpty; $q.IsFull; $q.Put(1); $q.Count; $q.IsEmpty; $q.IsFull; $q.Put(2); $q.Count; $q.IsEmpty; $q.IsFull; $null = $q.Get(); $q.Count; $q.IsEmpty; $q.IsFull"));
    }

    [Fact]
    public void A_queue_without_a_capacity_is_never_full()
    {
        Assert.Equal([null, false, 10000L], All("$q = New-ProcessQueue; , $q.Capacity; foreach ($n in 1..10000) { $q.Put($n) }; $q.IsFull; $q.Count"));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("[timespan]::FromSeconds(1)")]
    [InlineData("[float] 1")]
    [InlineData("[long] 1")]
    [InlineData("[decimal] 1")]
    public void A_timeout_is_a_number_of_seconds_or_a_TimeSpan(string timeout)
    {
        // Python: never shorter than what was asked for. All methods take the one form that users write most, and one method takes all forms.
        string[] calls =
        [
            $"try {{ $e.Get({timeout}) }} catch [ProcessTools.QueueEmptyException] {{ 'over' }}",
            $"try {{ $f.Put(2, {timeout}) }} catch [ProcessTools.QueueFullException] {{ 'over' }}",
            $"if (-not $f.TryPut(2, {timeout})) {{ 'over' }}",
            $"$x = 0; if (-not $e.TryGet([ref] $x, {timeout})) {{ 'over' }}",
            $"if (-not $f.Join({timeout})) {{ 'over' }}",
        ];
        foreach (string call in calls.Take(timeout == "1" ? calls.Length : 1))
        {
            object?[] result = All(
                $"$e = New-ProcessQueue; $f = New-ProcessQueue -Capacity 1; $f.Put(1); $clock = [Diagnostics.Stopwatch]::StartNew(); {call}; $clock.Elapsed.TotalSeconds");
            Assert.Equal("over", result[0]);
            Assert.InRange((double)result[1]!, 1.0, 1.8);
        }
    }

    [Fact]
    public void Fractions_of_a_second_are_kept()
    {
        double seconds = (double)One("$q = New-ProcessQueue; $x = 0; $clock = [Diagnostics.Stopwatch]::StartNew(); $null = $q.TryGet([ref] $x, 0.3); $clock.Elapsed.TotalSeconds")!;
        Assert.InRange(seconds, 0.3, 0.9);
    }

    [Theory]
    [InlineData("-2")]
    [InlineData("-0.5")]
    [InlineData("[double]::NaN")]
    [InlineData("[timespan]::FromSeconds(-5)")]
    public void A_timeout_that_is_no_time_is_refused(string timeout)
    {
        foreach (string call in new[] { $"$q.Get({timeout})", $"$q.Put(1, {timeout})", $"$q.TryPut(1, {timeout})", $"$q.TryGet([ref] $x, {timeout})", $"$q.Join({timeout})" })
        {
            ErrorRecord error = Assert.Single(Shell.TryRun($"$q = New-ProcessQueue; $x = 0; {call}").Errors);
            Assert.IsType<ArgumentOutOfRangeException>(error.Exception.InnerException);
        }
    }

    [Fact]
    public void TryGet_and_TryPut_without_a_time_do_not_wait()
    {
        object?[] result = All(
            "$q = New-ProcessQueue -Capacity 1; $x = 'untouched'; $clock = [Diagnostics.Stopwatch]::StartNew(); $q.TryGet([ref] $x); $q.TryPut('a'); $q.TryPut('b'); $q.TryGet([ref] $x); $x; $clock.Elapsed.TotalSeconds");
        Assert.Equal([false, true, false, true, "a"], result[..5]);
        Assert.InRange((double)result[5]!, 0, 1);
    }

    [Fact]
    public void A_full_queue_makes_Put_wait_until_an_item_is_taken()
    {
        ProcessQueue queue = NewQueue("-Capacity 2");
        queue.Put(1);
        queue.Put(2);
        Background<bool> put = Background.Run(() => queue.Put(3));
        Assert.False(put.EndsWithin(0.1));
        Assert.Equal(2, queue.Count);
        Assert.Equal(1, queue.Get());
        Assert.True(put.EndsWithin(10));
        Assert.Equal(2, queue.Get());
        Assert.Equal(3, queue.Get());
    }

    [Fact]
    public void A_put_that_was_given_up_has_put_nothing()
    {
        Assert.Equal(
            ["QueueFull", 1L, 1, true],
            All("$q = New-ProcessQueue -Capacity 1; $q.Put(1); try { $q.Put(2, 0.05) } catch [ProcessTools.QueueFullException] { $_.Exception.ErrorId }; $q.Count; $q.Get(); $q.IsEmpty"));
    }

    [Fact]
    public void A_get_with_a_time_returns_as_soon_as_an_item_comes()
    {
        ProcessQueue queue = NewQueue();
        Stopwatch clock = Stopwatch.StartNew();
        Background<object?> get = Background.Run(() => queue.Get(30));
        queue.Put("now");
        Assert.True(get.EndsWithin(10));
        Assert.Equal("now", get.Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void A_token_cancels_waits()
    {
        ProcessQueue queue = NewQueue("-Capacity 1");
        using CancellationTokenSource cancellation = new(50);
        Assert.ThrowsAny<OperationCanceledException>(() => queue.Get(Timeout.InfiniteTimeSpan, cancellation.Token));
        queue.Put(1);
        Assert.ThrowsAny<OperationCanceledException>(() => queue.Put(2, Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => queue.Join(Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.Equal(1, queue.Count);
        Assert.Equal(1, queue.Get());
    }

    [Fact]
    public void Join_returns_once_every_item_is_reported_done()
    {
        Assert.Equal(
            [2L, false, 2L, 1L, false, 0L, true],
            All("$q = New-ProcessQueue; $q.Put(1); $q.Put(2); $q.UnfinishedTasks; $q.Join(0.05); $null = $q.Get(); $null = $q.Get(); $q.UnfinishedTasks; $q.TaskDone(); $q.UnfinishedTasks; $q.Join(0); $q.TaskDone(); $q.UnfinishedTasks; $q.Join(); $q.Join(5)"));
    }

    [Fact]
    public void An_empty_queue_is_joined_at_once()
    {
        Assert.Equal([true], All("$q = New-ProcessQueue; $q.Join(); $q.Join(0)"));
    }

    [Fact]
    public void Join_wakes_when_the_last_item_is_reported()
    {
        ProcessQueue queue = NewQueue();
        queue.Put(1);
        queue.Get();
        Background<bool> join = Background.Run(queue.Join);
        Assert.False(join.EndsWithin(0.1));
        queue.TaskDone();
        Assert.True(join.EndsWithin(10));
    }

    [Fact]
    public void More_TaskDone_than_items_is_an_error_and_changes_nothing()
    {
        AssertError<TaskDoneException>("TaskDone", ErrorCategory.InvalidOperation, "$global:q = New-ProcessQueue; $q.TaskDone()");
        AssertError<TaskDoneException>("TaskDone", ErrorCategory.InvalidOperation, "$q.Put(1); $null = $q.Get(); $q.TaskDone(); $q.TaskDone()");
        Assert.Equal([0L, 1L], All("$q.UnfinishedTasks; $q.Put(2); $q.UnfinishedTasks"));
    }

    [Fact]
    public void A_closed_queue_refuses_producers_and_is_drained_by_consumers()
    {
        Shell.Run("$global:q = New-ProcessQueue; $q.Put(1); $q.Put(2); $q.Close()");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.Put(3)");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.TryPut(3)");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.Put(3, 1)");
        Assert.Equal([true, 2L, 1, 2, 0L], All("$q.IsClosed; $q.Count; $q.Get(); $q.Get(); $q.Count"));
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.Get()");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.Get(5)");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$x = 0; $q.TryGet([ref] $x)");
        Shell.Run("$q.Close()");
    }

    [Fact]
    public void Close_wakes_those_who_wait()
    {
        ProcessQueue empty = NewQueue();
        ProcessQueue full = NewQueue("-Capacity 1");
        full.Put(1);
        Background<object?> get = Background.Run(() => empty.Get());
        Background<bool> put = Background.Run(() => full.Put(2));
        Assert.False(get.EndsWithin(0.1));
        Assert.False(put.EndsWithin(0));
        empty.Close();
        full.Close();
        Assert.Throws<QueueClosedException>(() => get.Result);
        Assert.Throws<QueueClosedException>(() => put.Result);
        Assert.Equal(1, full.Get());
    }

    [Fact]
    public void What_was_taken_from_a_closed_queue_can_still_be_reported_and_joined()
    {
        Assert.Equal([true], All("$q = New-ProcessQueue; $q.Put(1); $q.Close(); $null = $q.Get(); $q.TaskDone(); $q.Join(5)"));
    }

    [Fact]
    public void A_queue_that_this_process_let_go_of_cannot_be_used_here()
    {
        Shell.Run("$global:q = New-ProcessQueue; $q.Put(1); $q.Dispose(); $q.Dispose()");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.Put(1)");
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q.Get()");
        Assert.Equal([true], All("$q.IsClosed; $q.Close()"));
    }

    [Fact]
    public void Every_error_of_a_method_is_caught_by_its_type_and_tells_its_id()
    {
        Assert.Equal(
            ["QueueEmpty OperationTimeout", "QueueFull OperationTimeout", "QueueClosed InvalidOperation", "TaskDone InvalidOperation", "NotSerializable InvalidType"],
            All(
                """
                $q = New-ProcessQueue -Capacity 1
                try { $q.Get(0) } catch [ProcessTools.QueueEmptyException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                $q.Put(1)
                try { $q.Put(1, 0) } catch [ProcessTools.QueueFullException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                $null = $q.Get()
                $q.TaskDone()
                $q.Close()
                try { $q.Get(0) } catch [ProcessTools.QueueClosedException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                try { $q.TaskDone() } catch [ProcessTools.TaskDoneException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                try { (New-ProcessQueue).Put([Action] { }) } catch [ProcessTools.NotSerializableException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                """));
    }

    [Fact]
    public void An_item_that_cannot_travel_leaves_the_queue_as_it_was()
    {
        Shell.Run("$global:q = New-ProcessQueue -Capacity 2; $q.Put('before')");
        AssertError<NotSerializableException>("NotSerializable", ErrorCategory.InvalidType, "$q.Put(@{ a = @(1, [Action] { }) })");
        Assert.Equal([1L, 1L, "before", "after"], All("$q.Count; $q.UnfinishedTasks; $q.Put('after'); $q.Get(); $q.Get()"));
    }

    [Fact]
    public void Threads_of_one_process_share_a_queue()
    {
        const int Threads = 4;
        const int Each = 5000;
        ProcessQueue queue = NewQueue("-Capacity 64");
        Background<bool>[] producers = [.. Enumerable.Range(0, Threads).Select(thread => Background.Run(() =>
            {
                for (int n = 0; n < Each; n++)
                {
                    queue.Put((long)thread << 32 | (uint)n);
                }
            }))];
        Background<List<long>>[] consumers = [.. Enumerable.Range(0, Threads).Select(_ => Background.Run(() =>
            {
                List<long> taken = [];
                try
                {
                    while (true)
                    {
                        taken.Add((long)queue.Get(30)!);
                        queue.TaskDone();
                    }
                }
                catch (QueueClosedException)
                {
                    return taken;
                }
            }))];
        Assert.All(producers, one => Assert.True(one.EndsWithin(60)));
        Assert.True(queue.Join(60));
        queue.Close();
        Assert.All(consumers, one => Assert.True(one.EndsWithin(60)));
        foreach (Background<List<long>> consumer in consumers)
        {
            foreach (IGrouping<long, long> producer in consumer.Result.GroupBy(item => item >> 32))
            {
                Assert.Equal(producer.Order(), producer);
            }
        }

        Assert.Equal(
            Enumerable.Range(0, Threads).SelectMany(thread => Enumerable.Range(0, Each).Select(n => (long)thread << 32 | (uint)n)),
            consumers.SelectMany(consumer => consumer.Result).Order());
    }

    [Fact]
    public void Two_sessions_of_one_process_share_a_queue()
    {
        using ShellSession other = new();
        ProcessQueue queue = NewQueue();
        Background<object> got = Background.Run(() => other.Run("param($q) $q.Get(30)", queue)[0].BaseObject);
        Shell.Run("param($q) $q.Put('across')", queue);
        Assert.True(got.EndsWithin(30));
        Assert.Equal("across", got.Result);
    }

    [Fact]
    public void Nothing_is_made_with_WhatIf()
    {
        string name = NewName();
        Assert.Empty(Shell.Run("param($n) New-ProcessQueue -WhatIf; New-ProcessQueue $n -Capacity 5 -WhatIf", name));
        Assert.Equal(7L, NewQueue($"'{name}' -Capacity 7").Capacity);
    }

    [Theory]
    [InlineData("-Capacity 0")]
    [InlineData("-Capacity -1")]
    [InlineData("-Capacity x")]
    [InlineData("-Name ''")]
    public void Parameters_that_make_no_sense_are_refused(string parameters)
    {
        ErrorRecord error = Assert.Single(Shell.TryRun($"New-ProcessQueue {parameters}").Errors);
        Assert.IsAssignableFrom<ParameterBindingException>(error.Exception);
    }
}

using System.Collections.ObjectModel;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Channels;

/// <summary><c>Send-ProcessMessage</c> and <c>Receive-ProcessMessage</c>, on queues and pipes alike.</summary>
public sealed class SendReceiveTests : ChannelTest
{
    [Theory]
    [InlineData("$in = $out = New-ProcessQueue")]
    [InlineData("$in, $out = New-ProcessPipe")]
    [InlineData("$in, $out = New-ProcessPipe -OneWay")]
    public void What_comes_through_the_pipeline_is_sent_and_received_in_order(string make)
    {
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (object)n), All($"{make}; 1..100 | Send-ProcessMessage $in; Receive-ProcessMessage $out -Count 100"));
    }

    [Fact]
    public void Sending_writes_nothing()
    {
        Assert.Empty(Shell.Run("$q = New-ProcessQueue; 1, 2 | Send-ProcessMessage $q; Send-ProcessMessage $q 3; Send-ProcessMessage $q -Close"));
    }

    [Theory]
    [InlineData("-Channel")]
    [InlineData("-Queue")]
    [InlineData("-Pipe")]
    public void The_channel_has_three_names(string parameter)
    {
        Assert.Equal(["x"], All($"$q = New-ProcessQueue; Send-ProcessMessage {parameter} $q -InputObject x; Receive-ProcessMessage {parameter} $q"));
    }

    [Fact]
    public void Without_a_count_one_message_is_received_and_the_others_stay()
    {
        Assert.Equal([1, 2L], All("$q = New-ProcessQueue; 1..3 | Send-ProcessMessage $q; Receive-ProcessMessage $q; $q.Count"));
    }

    [Fact]
    public void Count_takes_so_many_and_no_more()
    {
        Assert.Equal([1, 2, 3, 2L], All("$q = New-ProcessQueue; 1..5 | Send-ProcessMessage $q; Receive-ProcessMessage $q -Count 3; $q.Count"));
    }

    [Theory]
    [InlineData("-Count 0")]
    [InlineData("-Count -1")]
    [InlineData("-TimeoutSeconds -1")]
    [InlineData("-TimeoutSeconds soon")]
    public void Parameters_that_make_no_sense_are_refused(string parameters)
    {
        ErrorRecord error = Assert.Single(Shell.TryRun($"$q = New-ProcessQueue; Receive-ProcessMessage $q {parameters}").Errors);
        Assert.IsAssignableFrom<ParameterBindingException>(error.Exception);
    }

    [Fact]
    public void What_is_no_channel_is_refused()
    {
        Assert.IsAssignableFrom<ParameterBindingException>(Assert.Single(Shell.TryRun("Receive-ProcessMessage 'x'").Errors).Exception);
        Assert.IsAssignableFrom<ParameterBindingException>(Assert.Single(Shell.TryRun("Send-ProcessMessage $null 1").Errors).Exception);
        Assert.IsAssignableFrom<ParameterBindingException>(Assert.Single(Shell.TryRun("Receive-ProcessMessage @()").Errors).Exception);
    }

    [Fact]
    public void Channels_come_through_the_pipeline_too()
    {
        Assert.Equal(["a", "b"], All("$p = New-ProcessQueue; $q = New-ProcessQueue; $p.Put('a'); $q.Put('b'); $p, $q | Receive-ProcessMessage -Count 2").Order());
    }

    [Fact]
    public void Null_and_empty_things_are_messages()
    {
        Collection<PSObject> output = Shell.Run("$q = New-ProcessQueue; $null, '', $false | Send-ProcessMessage $q; , @() | Send-ProcessMessage $q; $q.Count; Receive-ProcessMessage $q -Count 4");
        Assert.Equal(4L, output[0].BaseObject);
        Assert.Null(output[1]);
        Assert.Equal(string.Empty, output[2].BaseObject);
        Assert.Equal(false, output[3].BaseObject);
        Assert.Empty(Assert.IsType<object[]>(output[4].BaseObject));
        Assert.Equal(5, output.Count);
    }

    [Fact]
    public void Given_by_name_a_collection_stands_for_its_items_and_null_is_one_message()
    {
        Assert.Equal([3L, 4L, 4L, 5L, 6L], All("$q = New-ProcessQueue; Send-ProcessMessage $q -InputObject 1, 2, 3; $q.Count; Send-ProcessMessage $q -InputObject $null; $q.Count; Send-ProcessMessage $q -InputObject @(); $q.Count; Send-ProcessMessage $q -InputObject 'text'; $q.Count; Send-ProcessMessage $q -InputObject @{ a = 1; b = 2 }; $q.Count"));
    }

    [Fact]
    public void Given_by_name_bytes_are_one_message()
    {
        Assert.Equal([1L, 32], All("$q = New-ProcessQueue; Send-ProcessMessage $q ([byte[]]::new(32)); $q.Count; $q.Get().Length"));
    }

    [Theory]
    [InlineData("$b.Close(); $bad = $b", "PipeClosed")]
    [InlineData("$bad = New-ProcessQueue; $bad.Dispose()", "NotSerializable")]
    public void A_closed_channel_as_a_message_is_an_error_and_the_others_go_on(string make, string id)
    {
        ShellResult result = Shell.TryRun($"$q = New-ProcessQueue; $a, $b = New-ProcessPipe; {make}; 1, $bad, 3 | Send-ProcessMessage $q; $q.Get(); $q.Get()");
        Assert.Equal([1, 3], result.Output.Select(item => item.BaseObject));
        Assert.StartsWith(id + ",", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_input_nothing_is_sent()
    {
        Assert.Equal([0L, 0L], All("$q = New-ProcessQueue; Send-ProcessMessage $q; $q.Count; @() | Send-ProcessMessage $q; $q.Count"));
    }

    [Fact]
    public void A_message_that_is_an_array_is_written_as_one_object()
    {
        Assert.Equal([1L, 3], All("$q = New-ProcessQueue; , (1, 2, 3) | Send-ProcessMessage $q; $q.Count; foreach ($m in , (Receive-ProcessMessage $q)) { $m.Count }"));
        Assert.IsType<object[]>(Assert.Single(Shell.Run("$q = New-ProcessQueue; , (1, 2) | Send-ProcessMessage $q; Receive-ProcessMessage $q")).BaseObject);
    }

    [Fact]
    public void Objects_keep_their_properties_and_type_names()
    {
        PSObject item = Assert.Single(Shell.Run("$q = New-ProcessQueue; [pscustomobject]@{ PSTypeName = 'My.T'; A = 1 } | Send-ProcessMessage $q; Receive-ProcessMessage $q"));
        Assert.Equal("My.T", item.TypeNames[0]);
        Assert.Equal(1, item.Properties["A"].Value);
    }

    [Fact]
    public void A_note_on_a_string_travels_with_it()
    {
        Assert.Equal([5], All("$q = New-ProcessQueue; $s = [psobject] 'text'; $s.psobject.Properties.Add([psnoteproperty]::new('Extra', 5)); $s | Send-ProcessMessage $q; (Receive-ProcessMessage $q).Extra"));
    }

    [Fact]
    public void Close_closes_after_the_last_message_and_UntilClosed_receives_to_the_end()
    {
        Assert.Equal([1, 2, 3, true], All("$q = New-ProcessQueue; 1..3 | Send-ProcessMessage $q -Close; Receive-ProcessMessage $q -UntilClosed; $q.IsClosed"));
        Assert.Equal(["a", "b"], All("$a, $b = New-ProcessPipe; 'a', 'b' | Send-ProcessMessage $a -Close; Receive-ProcessMessage $b -UntilClosed"));
        Assert.Empty(Shell.Run("$q = New-ProcessQueue; Send-ProcessMessage $q -Close; Receive-ProcessMessage $q -UntilClosed"));
    }

    [Fact]
    public void UntilClosed_with_a_count_takes_at_most_so_many()
    {
        Assert.Equal([1, 2, "next", 3], All("$q = New-ProcessQueue; 1..3 | Send-ProcessMessage $q -Close; Receive-ProcessMessage $q -UntilClosed -Count 2; 'next'; Receive-ProcessMessage $q -UntilClosed -Count 2"));
    }

    [Fact]
    public void UntilClosed_waits_for_every_one_of_several_channels()
    {
        ProcessQueue queue = NewQueue();
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess first = NewWorker("param($q) Start-WorkerProcess { 1..50 | Send-ProcessMessage $using:q -Close }", queue);
        WorkerProcess second = NewWorker("param($e) Start-WorkerProcess { param($e) 101..150 | Send-ProcessMessage $e } -ArgumentList $e", there);
        object?[] all = All("param($q, $e) Receive-ProcessMessage $q, $e -UntilClosed", queue, here);
        Assert.Equal(Enumerable.Range(1, 50), all.Cast<int>().Where(n => n <= 50));
        Assert.Equal(Enumerable.Range(101, 50), all.Cast<int>().Where(n => n > 50));
        AwaitEnd(first);
        AwaitEnd(second);
    }

    [Fact]
    public void The_first_channel_that_has_a_message_is_received_from()
    {
        Assert.Equal(["from the pipe", "from the queue"], All(
            "$q = New-ProcessQueue; $a, $b = New-ProcessPipe; $a.Send('from the pipe'); Receive-ProcessMessage $q, $b; $q.Put('from the queue'); Receive-ProcessMessage $q, $b"));
    }

    [Fact]
    public void Waiting_for_several_channels_wakes_for_each_of_them()
    {
        ProcessQueue queue = NewQueue();
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($q, $e) Start-WorkerProcess { param($q, $e) 'ready'; foreach ($n in 1..4) { Receive-ProcessMessage $q, $e } } -ArgumentList $q, $e", queue, there);
        foreach (int n in Enumerable.Range(1, 2))
        {
            AwaitIdle(worker);
            queue.Put("queue");
            Until.True(() => worker.Output.Count == n * 2, "it has arrived", 30);
            AwaitIdle(worker);
            here.Send("pipe");
            Until.True(() => worker.Output.Count == n * 2 + 1, "it has arrived", 30);
        }

        AwaitEnd(worker);
        Assert.Equal(["ready", "queue", "pipe", "queue", "pipe"], worker.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public void A_busy_channel_does_not_keep_the_others_waiting()
    {
        object?[] all = All("$p = New-ProcessQueue; $q = New-ProcessQueue; 1..100 | Send-ProcessMessage $p; 'rare' | Send-ProcessMessage $q; Receive-ProcessMessage $p, $q -Count 4");
        Assert.Contains("rare", all);
    }

    [Fact]
    public void AsRecord_tells_the_channel_of_each_message()
    {
        object?[] all = All(
            """
            $q = New-ProcessQueue
            $a, $b = New-ProcessPipe
            $q.Put('q'); $a.Send($null)
            foreach ($r in Receive-ProcessMessage $q, $b -Count 2 -AsRecord) {
                if ([object]::ReferenceEquals($r.Channel, $q)) { "queue $($r.Message)" }
                if ([object]::ReferenceEquals($r.Channel, $b)) { "pipe $($null -eq $r.Message)" }
            }
            """);
        Assert.Equal(["pipe True", "queue q"], all.Order());
        Assert.IsType<ChannelMessage>(One("$q = New-ProcessQueue; $q.Put(1); Receive-ProcessMessage $q -AsRecord"));
    }

    [Theory]
    [InlineData("0.3")]
    [InlineData("([timespan]::FromSeconds(0.3))")]
    public void When_the_time_is_over_it_says_so_and_ends(string timeout)
    {
        foreach (string make in new[] { "$c = New-ProcessQueue", "$x, $c = New-ProcessPipe", "$x, $y = New-ProcessPipe; $c = (New-ProcessQueue), $y" })
        {
            ShellResult result = Shell.TryRun($"{make}; $clock = [Diagnostics.Stopwatch]::StartNew(); Receive-ProcessMessage $c -TimeoutSeconds {timeout} -Count 5; $clock.Elapsed.TotalSeconds");
            ErrorRecord error = Assert.Single(result.Errors);
            Assert.Equal("MessageTimeout,ProcessTools.Commands.ReceiveProcessMessageCommand", error.FullyQualifiedErrorId);
            Assert.IsType<MessageTimeoutException>(error.Exception);
            Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);

            // Not a terminating one: the script has gone on.
            Assert.InRange((double)Assert.Single(result.Output).BaseObject, 0.3, 1.0);
        }
    }

    [Fact]
    public void The_time_is_that_of_one_message_and_those_that_came_are_kept()
    {
        ShellResult result = Shell.TryRun("$q = New-ProcessQueue; 1..2 | Send-ProcessMessage $q; Receive-ProcessMessage $q -TimeoutSeconds 0.1 -Count 3; Receive-ProcessMessage $q -TimeoutSeconds 0 -UntilClosed");
        Assert.Equal([1, 2], result.Output.Select(item => item.BaseObject));
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.Errors, error => Assert.StartsWith("MessageTimeout,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
    }

    [Fact]
    public void The_time_does_not_begin_again_when_one_of_several_channels_ends()
    {
        ProcessQueue closing = NewQueue();
        ProcessQueue silent = NewQueue();
        Background<ShellResult> receive = Background.Run(() => Shell.TryRun(
            "param($a, $b) $clock = [Diagnostics.Stopwatch]::StartNew(); Receive-ProcessMessage $a, $b -TimeoutSeconds 2; $clock.Elapsed.TotalSeconds", closing, silent));
        Assert.False(receive.EndsWithin(1.5));
        closing.Close();
        Assert.True(receive.EndsWithin(30));
        Assert.StartsWith("MessageTimeout,", Assert.Single(receive.Result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.InRange((double)Assert.Single(receive.Result.Output).BaseObject, 2, 2.8);
    }

    [Fact]
    public void Receiving_from_closed_channels_is_an_error_that_does_not_end_the_script()
    {
        ShellResult queue = Shell.TryRun("$q = New-ProcessQueue; $q.Put(1); $q.Close(); Receive-ProcessMessage $q -Count 2; 'on'");
        Assert.Equal([1, "on"], queue.Output.Select(item => item.BaseObject));
        ErrorRecord error = Assert.Single(queue.Errors);
        Assert.Equal("QueueClosed,ProcessTools.Commands.ReceiveProcessMessageCommand", error.FullyQualifiedErrorId);
        Assert.IsType<QueueClosedException>(error.Exception);
        Assert.Equal(ErrorCategory.InvalidOperation, error.CategoryInfo.Category);
        ShellResult pipe = Shell.TryRun("$a, $b = New-ProcessPipe; $a.Close(); Receive-ProcessMessage $b; 'on'");
        Assert.Equal(["on"], pipe.Output.Select(item => item.BaseObject));
        Assert.Equal("PipeClosed,ProcessTools.Commands.ReceiveProcessMessageCommand", Assert.Single(pipe.Errors).FullyQualifiedErrorId);
        Assert.IsType<PipeClosedException>(pipe.Errors[0].Exception);
    }

    [Fact]
    public void A_channel_that_is_over_drops_out_and_the_others_go_on()
    {
        Assert.Equal([5], All("$p = New-ProcessQueue; $p.Close(); $q = New-ProcessQueue; $q.Put(5); Receive-ProcessMessage $p, $q"));
    }

    [Fact]
    public void An_end_that_was_closed_here_is_over_for_UntilClosed()
    {
        ShellResult result = Shell.TryRun("$a, $b = New-ProcessPipe; $b.Close(); Receive-ProcessMessage $b");
        Assert.StartsWith("PipeClosed,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Receiving_from_the_sending_end_is_an_error()
    {
        AssertError<PipeDirectionException>("PipeDirection", ErrorCategory.InvalidOperation, "$s, $r = New-ProcessPipe -OneWay; Receive-ProcessMessage $s -TimeoutSeconds 1");
        AssertError<PipeDirectionException>("PipeDirection", ErrorCategory.InvalidOperation, "$s, $r = New-ProcessPipe -OneWay; $q = New-ProcessQueue; Receive-ProcessMessage $q, $s -TimeoutSeconds 1");
        AssertError<PipeDirectionException>("PipeDirection", ErrorCategory.InvalidOperation, "$s, $r = New-ProcessPipe -OneWay; 1 | Send-ProcessMessage $r");
    }

    [Fact]
    public void Sending_to_a_closed_channel_ends_the_script()
    {
        AssertError<QueueClosedException>("QueueClosed", ErrorCategory.InvalidOperation, "$q = New-ProcessQueue; $q.Close(); 1, 2 | Send-ProcessMessage $q; 'not reached'");
        AssertError<PipeClosedException>("PipeClosed", ErrorCategory.InvalidOperation, "$a, $b = New-ProcessPipe; $b.Close(); 1, 2 | Send-ProcessMessage $a; 'not reached'");
        AssertError<PipeClosedException>("PipeClosed", ErrorCategory.InvalidOperation, "$a, $b = New-ProcessPipe; $a.Close(); Send-ProcessMessage $a 1; 'not reached'");
    }

    [Fact]
    public void One_object_that_cannot_travel_is_an_error_and_the_others_go_on()
    {
        ShellResult result = Shell.TryRun("$q = New-ProcessQueue; 1, ([Action] { }), 3 | Send-ProcessMessage $q -Close; Receive-ProcessMessage $q -UntilClosed");
        Assert.Equal([1, 3], result.Output.Select(item => item.BaseObject));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("NotSerializable,ProcessTools.Commands.SendProcessMessageCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidType, error.CategoryInfo.Category);
        Assert.IsType<NotSerializableException>(error.Exception);
        Assert.IsType<Action>(error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject);
    }

    [Fact]
    public void No_room_in_time_is_an_error_of_that_message_only()
    {
        ShellResult result = Shell.TryRun("$q = New-ProcessQueue -Capacity 2; $clock = [Diagnostics.Stopwatch]::StartNew(); 1..4 | Send-ProcessMessage $q -TimeoutSeconds 0.2; $clock.Elapsed.TotalSeconds; $q.Count");
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.Errors, error =>
        {
            Assert.Equal("QueueFull,ProcessTools.Commands.SendProcessMessageCommand", error.FullyQualifiedErrorId);
            Assert.IsType<QueueFullException>(error.Exception);
            Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        });
        Assert.Equal([3, 4], result.Errors.Select(error => error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject));
        Assert.InRange((double)result.Output[0].BaseObject, 0.4, 1.5);
        Assert.Equal(2L, result.Output[1].BaseObject);
    }

    [Fact]
    public void A_pipe_without_room_gives_a_timeout()
    {
        ShellResult result = Shell.TryRun("$a, $b = New-ProcessPipe; $m = [byte[]]::new(1000000); $e = $null; foreach ($n in 1..100) { , $m | Send-ProcessMessage $a -TimeoutSeconds 0 -ErrorVariable e -ErrorAction SilentlyContinue; if ($e) { break } }; $e[0].FullyQualifiedErrorId");
        Assert.Equal("MessageTimeout,ProcessTools.Commands.SendProcessMessageCommand", Assert.Single(result.Output).BaseObject);
    }

    [Fact]
    public void ErrorAction_Stop_ends_the_script_at_a_timeout()
    {
        ShellResult result = Shell.TryRun("$q = New-ProcessQueue; try { Receive-ProcessMessage $q -TimeoutSeconds 0 -ErrorAction Stop; 'not reached' } catch [ProcessTools.MessageTimeoutException] { 'caught' }");
        Assert.Empty(result.Errors);
        Assert.Equal("caught", Assert.Single(result.Output).BaseObject);
    }

    [Fact]
    public void Messages_are_taken_one_at_a_time_as_the_pipeline_wants_them()
    {
        Assert.Equal(
            ["1 left 4", "2 left 3", "3 left 2", 2L],
            All("$q = New-ProcessQueue; 1..5 | Send-ProcessMessage $q; Receive-ProcessMessage $q -Count 3 | ForEach-Object { \"$_ left $($q.Count)\" }; $q.Count"));
    }

    [Fact]
    public void A_throw_downstream_leaves_the_rest_in_the_queue()
    {
        Assert.Equal(["stop", 2, 3], All("$q = New-ProcessQueue; 1..3 | Send-ProcessMessage $q -Close; try { Receive-ProcessMessage $q -UntilClosed | ForEach-Object { throw 'stop' } } catch { \"$_\" }; Receive-ProcessMessage $q -UntilClosed"));
    }

    [Fact]
    public void Sent_messages_arrive_while_the_pipeline_still_runs()
    {
        Assert.Equal(["1", "2", "3"], All("$q = New-ProcessQueue; 1..3 | ForEach-Object { $_; } | ForEach-Object { , $_ | Send-ProcessMessage $q; \"$(Receive-ProcessMessage $q -TimeoutSeconds 5)\" }"));
    }

    [Fact]
    public void A_pipeline_runs_through_three_processes()
    {
        object?[] all = All(
            """
            $in = New-ProcessQueue -Capacity 10
            $out = New-ProcessQueue -Capacity 10
            $producer = Start-WorkerProcess { 1..1000 | Send-ProcessMessage $using:in -Close }
            $worker = Start-WorkerProcess { Receive-ProcessMessage $using:in -UntilClosed | ForEach-Object { $_ * 2 } | Send-ProcessMessage $using:out -Close }
            Receive-ProcessMessage $out -UntilClosed
            """);
        Assert.Equal(Enumerable.Range(1, 1000).Select(n => (object)(n * 2)), all);
    }

    [Fact]
    public void Two_commands_share_the_items_of_a_queue()
    {
        Assert.Equal(
            5050,
            One(
                """
                $q = New-ProcessQueue
                $w = foreach ($n in 1..2) { Start-WorkerProcess { $sum = 0; foreach ($m in Receive-ProcessMessage $using:q -UntilClosed) { $sum += $m }; $sum } }
                1..100 | Send-ProcessMessage $q -Close
                $total = 0
                foreach ($s in $w | Receive-Job -Wait) { $total += $s }
                $total
                """));
    }
}

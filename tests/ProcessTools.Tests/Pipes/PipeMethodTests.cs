using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pipes;

/// <summary>The methods of the two ends of a pipe as a script in one process calls them.</summary>
public sealed class PipeMethodTests : ChannelTest
{
    [Fact]
    public void Both_ends_send_and_receive_in_order()
    {
        Assert.Equal(
            [1, 2, "back", true, true, true, true],
            All("$a, $b = New-ProcessPipe; $a.Send(1); $a.Send(2); $b.Send('back'); $b.Receive(); $b.Receive(); $a.Receive(); $a.CanSend; $a.CanReceive; $b.CanSend; $b.CanReceive"));
    }

    [Fact]
    public void Nothing_false_and_empty_things_are_messages()
    {
        Assert.Equal(
            [true, "Boolean", "String", "Object[]", "Byte[]", "Byte[]"],
            All(
                """
                $a, $b = New-ProcessPipe
                $a.Send($null); $a.Send($false); $a.Send(''); $a.Send(@()); $a.Send([byte[]]::new(0)); $a.SendBytes([byte[]]::new(0))
                $null -eq $b.Receive()
                foreach ($n in 1..5) { $m = $b.Receive(); $m.GetType().Name }
                """));
    }

    [Fact]
    public void The_ends_of_a_one_way_pipe_go_one_way()
    {
        Assert.Equal([true, false, false, true], All("$global:s, $global:r = New-ProcessPipe -OneWay; $s.CanSend; $s.CanReceive; $r.CanSend; $r.CanReceive"));
        foreach (string wrong in new[] { "$s.Receive()", "$s.Receive(1)", "$s.Poll()", "$s.ReceiveBytes()", "$x = 0; $s.TryReceive([ref] $x)", "$s.ReceiveBytesInto([byte[]]::new(1))", "$r.Send(1)", "$r.SendBytes([byte[]] (1, 2))" })
        {
            AssertError<PipeDirectionException>("PipeDirection", ErrorCategory.InvalidOperation, wrong);
        }

        Assert.Equal(["still"], All("$s.Send('still'); $r.Receive()"));
    }

    [Fact]
    public void Bytes_are_sent_whole_or_in_part()
    {
        Assert.Equal(
            [0, 1, 2, 3, 1, 2, 0],
            All("$a, $b = New-ProcessPipe; $bytes = [byte[]] (0..3); $a.SendBytes($bytes); $a.SendBytes($bytes, 1, 2); $a.SendBytes($bytes, 4, 0); foreach ($x in $b.ReceiveBytes()) { [int] $x }; foreach ($x in $b.ReceiveBytes()) { [int] $x }; $e = $b.ReceiveBytes(); $e.Length"));
    }

    [Theory]
    [InlineData("$a.SendBytes($null)")]
    [InlineData("$a.SendBytes([byte[]] (1, 2), 1, 2)")]
    [InlineData("$a.SendBytes([byte[]] (1, 2), -1, 1)")]
    [InlineData("$b.ReceiveBytesInto([byte[]]::new(2), 3)")]
    [InlineData("$b.ReceiveBytesInto([byte[]]::new(2), -1)")]
    public void A_part_that_an_array_does_not_have_is_refused(string call)
    {
        ErrorRecord error = Assert.Single(Shell.TryRun($"$a, $b = New-ProcessPipe; {call}").Errors);
        Assert.IsAssignableFrom<ArgumentException>(error.Exception.InnerException);
    }

    [Fact]
    public void What_was_sent_as_bytes_is_received_either_way()
    {
        Assert.Equal(
            ["Byte[] 3", "Byte[] 3", "Byte[] 3"],
            All("$a, $b = New-ProcessPipe; $bytes = [byte[]] (1, 2, 3); $a.SendBytes($bytes); $a.Send($bytes); $a.Send($bytes); $m = $b.Receive(); \"$($m.GetType().Name) $($m.Length)\"; $m = $b.Receive(); \"$($m.GetType().Name) $($m.Length)\"; $m = $b.ReceiveBytes(); \"$($m.GetType().Name) $($m.Length)\""));
    }

    [Fact]
    public void An_object_is_no_bytes_and_stays_where_it_is()
    {
        Shell.Run("$global:a, $global:b = New-ProcessPipe; $a.Send('text')");
        AssertError<MessageNotBytesException>("MessageNotBytes", ErrorCategory.InvalidType, "$b.ReceiveBytes()");
        AssertError<MessageNotBytesException>("MessageNotBytes", ErrorCategory.InvalidType, "$b.ReceiveBytes(1)");
        AssertError<MessageNotBytesException>("MessageNotBytes", ErrorCategory.InvalidType, "$b.ReceiveBytesInto([byte[]]::new(100))");
        Assert.Equal([true, "text", false], All("$b.Poll(); $b.Receive(); $b.Poll()"));
    }

    [Fact]
    public void Too_small_a_buffer_leaves_the_message_and_itself_as_they_were()
    {
        Shell.Run("$global:a, $global:b = New-ProcessPipe; $a.SendBytes([byte[]] (1..10)); $global:buffer = [byte[]]::new(8)");
        AssertError<BufferTooShortException>("BufferTooShort", ErrorCategory.InvalidArgument, "$b.ReceiveBytesInto($buffer)");
        AssertError<BufferTooShortException>("BufferTooShort", ErrorCategory.InvalidArgument, "$b.ReceiveBytesInto([byte[]]::new(12), 3)");
        Assert.Equal([true, 10, true], All("$m = 0; foreach ($x in $buffer) { $m += $x }; $m -eq 0; $b.ReceiveBytesInto(($big = [byte[]]::new(12)), 2); $big[0] -eq 0 -and $big[2] -eq 1 -and $big[11] -eq 10"));
    }

    [Fact]
    public void A_buffer_that_fits_exactly_is_filled()
    {
        Assert.Equal([3, 3, 0], All("$a, $b = New-ProcessPipe; $a.SendBytes([byte[]] (1, 2, 3)); $buffer = [byte[]]::new(3); $b.ReceiveBytesInto($buffer); [int] $buffer[2]; $a.SendBytes([byte[]]::new(0)); $b.ReceiveBytesInto($buffer, 3)"));
    }

    [Fact]
    public void Messages_are_never_merged_or_split()
    {
        Assert.Equal(
            [0, 1, 5, 70000, 2, false],
            All("$a, $b = New-ProcessPipe; foreach ($n in 0, 1, 5, 70000, 2) { $a.SendBytes([byte[]]::new($n)) }; foreach ($n in 1..5) { $m = $b.ReceiveBytes(); $m.Length }; $b.Poll()"));
    }

    [Fact]
    public void Poll_tells_whether_a_message_is_there_and_takes_none()
    {
        object?[] result = All(
            """
            $a, $b = New-ProcessPipe
            $b.Poll(); $b.Poll(0); $b.Poll([timespan]::Zero)
            $clock = [Diagnostics.Stopwatch]::StartNew(); $b.Poll(0.3); $clock.Elapsed.TotalSeconds
            $a.Send(1)
            $b.Poll(); $b.Poll(30); $b.Poll(); $a.Poll()
            $b.Receive(); $b.Poll()
            $a.SendBytes([byte[]]::new(0)); $b.Poll()
            """);
        Assert.InRange((double)result[4]!, 0.3, 0.9);
        Assert.Equal([false, false, false, false, true, true, true, false, 1, false, true], result.Where((_, place) => place != 4));
    }

    [Fact]
    public void Poll_wakes_as_soon_as_a_message_comes()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewPipe();
        Stopwatch clock = Stopwatch.StartNew();
        Background<bool> poll = Background.Run(() => b.Poll(30));
        Assert.False(poll.EndsWithin(0.1));
        a.Send(1);
        Assert.True(poll.EndsWithin(10));
        Assert.True(poll.Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        Assert.Equal(1, b.Receive());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("[timespan]::FromSeconds(1)")]
    public void A_timeout_is_a_number_of_seconds_or_a_TimeSpan(string timeout)
    {
        // All methods take the one form that users write most, and one method takes all forms.
        string[] calls =
        [
            $"try {{ $b.Receive({timeout}) }} catch [ProcessTools.MessageTimeoutException] {{ 'over' }}",
            $"try {{ $b.ReceiveBytes({timeout}) }} catch [ProcessTools.MessageTimeoutException] {{ 'over' }}",
            $"$x = 0; if (-not $b.TryReceive([ref] $x, {timeout})) {{ 'over' }}",
            $"if (-not $b.Poll({timeout})) {{ 'over' }}",
            $"try {{ $a.Send($big, {timeout}) }} catch [ProcessTools.MessageTimeoutException] {{ 'over' }}",
        ];
        foreach (string call in calls.Take(timeout == "1" ? calls.Length : 1))
        {
            // Nobody receives: after some messages there is no room.
            object?[] result = All(
                "$a, $b = New-ProcessPipe; $big = [byte[]]::new(100000); "
                + (call.Contains("Send", StringComparison.Ordinal) ? "try { while ($true) { $a.Send($big, 0) } } catch [ProcessTools.MessageTimeoutException] { }; " : string.Empty)
                + $"$clock = [Diagnostics.Stopwatch]::StartNew(); {call}; $clock.Elapsed.TotalSeconds");
            Assert.Equal("over", result[0]);
            Assert.InRange((double)result[1]!, 1.0, 1.8);
        }
    }

    [Fact]
    public void A_sender_waits_while_the_other_end_is_behind_and_goes_on_then()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewPipe();
        byte[] big = new byte[100_000];
        int sent = 0;
        try
        {
            while (true)
            {
                a.Send(big, 0);
                sent++;
            }
        }
        catch (MessageTimeoutException error)
        {
            Assert.Equal("MessageTimeout", error.ErrorId);
            Assert.Equal(ErrorCategory.OperationTimeout, error.Category);
        }

        Assert.InRange(sent, 1, 1000);
        Background<bool> send = Background.Run(() => a.SendBytes(big, 0, big.Length - 1));
        Assert.False(send.EndsWithin(0.1));
        for (int n = 0; n < sent; n++)
        {
            Assert.Equal(big.Length, b.ReceiveBytes(10).Length);
        }

        Assert.True(send.EndsWithin(10));
        Assert.Equal(big.Length - 1, b.ReceiveBytes(10).Length);
    }

    [Fact]
    public void TryReceive_takes_what_is_there_and_does_not_wait()
    {
        Assert.Equal([false, "untouched or nothing", true, "m"], All("$a, $b = New-ProcessPipe; $x = $null; $b.TryReceive([ref] $x); if ($null -eq $x) { 'untouched or nothing' }; $a.Send('m'); $b.TryReceive([ref] $x); $x"));
    }

    [Fact]
    public void When_the_other_end_is_closed_everything_sent_is_received_and_then_comes_the_end_of_file()
    {
        Shell.Run("$global:a, $global:b = New-ProcessPipe; $a.Send(1); $a.Send(2); $a.Close()");
        Assert.Equal([true, 1, true, 2, true], All("$b.Poll(); $b.Receive(); $b.Poll(); $b.Receive(); $b.Poll(5)"));
        foreach (string call in new[] { "$b.Receive()", "$b.Receive(5)", "$b.ReceiveBytes()", "$x = 0; $b.TryReceive([ref] $x)", "$b.ReceiveBytesInto([byte[]]::new(5))", "$b.Send(1)", "$b.SendBytes([byte[]] (1, 2))" })
        {
            AssertError<PipeClosedException>("PipeClosed", ErrorCategory.InvalidOperation, call);
        }
    }

    [Fact]
    public void A_closed_end_cannot_be_used()
    {
        Shell.Run("$global:a, $global:b = New-ProcessPipe; $b.Send(1); $a.Close(); $a.Close(); $a.Dispose()");
        Assert.Equal([true, false], All("$a.IsClosed; $b.IsClosed"));
        foreach (string call in new[] { "$a.Receive()", "$a.Send(1)", "$a.ReceiveBytes()", "$a.SendBytes([byte[]] (1, 2))", "$x = 0; $a.TryReceive([ref] $x)" })
        {
            AssertError<PipeClosedException>("PipeClosed", ErrorCategory.InvalidOperation, call);
        }
    }

    [Fact]
    public void Closing_the_other_end_wakes_those_who_wait()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewPipe();
        (ProcessPipeEnd c, ProcessPipeEnd d) = NewPipe();
        byte[] big = new byte[100_000];
        Background<object?> receive = Background.Run(() => b.Receive());
        Background<bool> send = Background.Run(() =>
        {
            while (true)
            {
                c.Send(big);
            }
        });
        Background<bool> poll = Background.Run(() => c.Poll(30));
        Assert.False(receive.EndsWithin(0.2));
        Assert.False(poll.EndsWithin(0));
        a.Close();
        d.Close();
        Assert.Throws<PipeClosedException>(() => receive.Result);
        Assert.Throws<PipeClosedException>(() => send.Result);
        Assert.True(poll.EndsWithin(10));
        Assert.True(poll.Result);
    }

    [Fact]
    public void Closing_ones_own_end_wakes_those_who_wait_on_it()
    {
        (_, ProcessPipeEnd b) = NewPipe();
        Background<object?> receive = Background.Run(() => b.Receive());
        Assert.False(receive.EndsWithin(0.1));
        b.Close();
        Assert.Throws<PipeClosedException>(() => receive.Result);
    }

    [Fact]
    public void A_token_cancels_waits()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewPipe();
        using CancellationTokenSource cancellation = new(50);
        Assert.ThrowsAny<OperationCanceledException>(() => b.Receive(Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => b.ReceiveBytes(Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => b.Poll(Timeout.InfiniteTimeSpan, cancellation.Token));
        using CancellationTokenSource later = new(500);
        Background<bool> send = Background.Run(() =>
        {
            while (true)
            {
                a.SendBytes(new byte[100_000], later.Token);
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() => send.Result);
        Assert.Equal(100_000, b.ReceiveBytes(1).Length);
    }

    [Fact]
    public void A_message_that_cannot_travel_is_not_sent_and_the_next_is()
    {
        Shell.Run("$global:a, $global:b = New-ProcessPipe");
        AssertError<NotSerializableException>("NotSerializable", ErrorCategory.InvalidType, "$a.Send([pscustomobject]@{ Deep = @{ Bad = [Action] { } } })");
        Assert.Equal([false, "good"], All("$b.Poll(); $a.Send('good'); $b.Receive()"));
    }

    [Fact]
    public void Threads_of_one_process_share_an_end()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewPipe();
        Background<bool>[] senders = [.. Enumerable.Range(0, 3).Select(thread => Background.Run(() =>
        {
            for (int n = 0; n < 3000; n++)
            {
                a.Send(thread * 10_000 + n);
            }
        }))];
        Background<List<int>>[] receivers = [.. Enumerable.Range(0, 2).Select(_ => Background.Run(() =>
        {
            List<int> received = [];
            try
            {
                while (true)
                {
                    received.Add((int)b.Receive()!);
                }
            }
            catch (PipeClosedException)
            {
                return received;
            }
        }))];
        Assert.All(senders, one => Assert.True(one.EndsWithin(60)));
        a.Close();
        Assert.All(receivers, one => Assert.True(one.EndsWithin(60)));
        foreach (Background<List<int>> receiver in receivers)
        {
            foreach (IGrouping<int, int> sender in receiver.Result.GroupBy(item => item / 10_000))
            {
                Assert.Equal(sender.Order(), sender);
            }
        }

        Assert.Equal(Enumerable.Range(0, 3).SelectMany(thread => Enumerable.Range(0, 3000).Select(n => thread * 10_000 + n)), receivers.SelectMany(receiver => receiver.Result).Order());
    }

    [Fact]
    public void Every_error_of_a_method_is_caught_by_its_type_and_tells_its_id()
    {
        Assert.Equal(
            ["MessageTimeout OperationTimeout", "MessageNotBytes InvalidType", "BufferTooShort InvalidArgument", "PipeClosed InvalidOperation", "PipeDirection InvalidOperation"],
            All(
                """
                $a, $b = New-ProcessPipe
                try { $b.Receive(0) } catch [ProcessTools.MessageTimeoutException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                $a.Send('x')
                try { $b.ReceiveBytes() } catch [ProcessTools.MessageNotBytesException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                $null = $b.Receive(); $a.SendBytes([byte[]] (1, 2))
                try { $b.ReceiveBytesInto([byte[]]::new(1)) } catch [ProcessTools.BufferTooShortException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                $a.Close(); $null = $b.Receive()
                try { $b.Receive() } catch [ProcessTools.PipeClosedException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                $s, $r = New-ProcessPipe -OneWay
                try { $r.Send(1) } catch [ProcessTools.PipeDirectionException] { "$($_.Exception.ErrorId) $($_.Exception.Category)" }
                """));
    }

    [Fact]
    public void Nothing_is_made_with_WhatIf()
    {
        Assert.Empty(Shell.Run("New-ProcessPipe -WhatIf; New-ProcessPipe -OneWay -WhatIf"));
    }
}

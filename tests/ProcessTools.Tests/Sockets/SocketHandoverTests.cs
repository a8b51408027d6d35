using System.Management.Automation;
using ProcessTools.Engine.Platform;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>Ends of sockets that go to other processes.</summary>
public sealed class SocketHandoverTests : SocketTest
{
    private const string Echo = "{ param($end) while ($true) { $end.Send(\"$($end.Receive()) in $PID\") } }";

    public SocketHandoverTests() =>
        Assert.SkipUnless(PlatformServices.Current.CanPassSockets, "On this platform no socket can be passed on, which Where_sockets_cannot_be_passed_that_is_said tests.");

    [Fact]
    public void One_process_sends_bytes_and_another_receives_up_to_1024()
    {
        // Program 7.
        Assert.Equal(
            ["message"],
            All(
                """
                $s1, $s2 = New-ProcessPipe -Transport Socket
                $null = Start-WorkerProcess { param($s) $s.GetStream().Write([Text.Encoding]::UTF8.GetBytes('message')) } -ArgumentList $s1
                Start-WorkerProcess -ArgumentList $s2 {
                    param($s)
                    $buffer = [byte[]]::new(1024)
                    $count = $s.GetStream().Read($buffer)
                    [Text.Encoding]::UTF8.GetString($buffer, 0, $count)
                } | Receive-Job -Wait
                """));
    }

    [Theory]
    [InlineData("$w = Start-WorkerProcess { param($e) $e.Send($e.Receive() + 1) } -ArgumentList $there")]
    [InlineData("$w = Start-WorkerProcess { $e = $using:there; $e.Send($e.Receive() + 1) }")]
    [InlineData("$w = Start-WorkerProcess { param($h) $h.End.Send($h.End.Receive() + 1) } -ArgumentList @{ End = $there }")]
    [InlineData("$w = Start-WorkerProcess { param($o) $o.Ends[1].Send($o.Ends[1].Receive() + 1) } -ArgumentList ([pscustomobject]@{ Ends = @(1, $there) })")]
    [InlineData("$q = New-ProcessQueue; $q.Put($there); $w = Start-WorkerProcess { $e = ($using:q).Get(); $e.Send($e.Receive() + 1) }")]
    [InlineData("$p, $r = New-ProcessPipe; $w = Start-WorkerProcess { $e = ($using:r).Receive(); $e.Send($e.Receive() + 1) }; $p.Send($there)")]
    public void An_end_goes_any_way_that_objects_go(string passing)
    {
        Assert.Equal(
            [42],
            All(
                $$"""
                $here, $there = New-ProcessPipe -Transport Socket
                {{passing}}
                $here.Send(41)
                $here.Receive(60)
                $null = $w | Wait-Job
                $w.Error
                """));
    }

    [Theory]
    [InlineData("{ param($e) ($using:there).Send('x'); $e.Send('y') } -ArgumentList $there")]
    [InlineData("{ param($e, $f) $f.Send('x'); $e.Send([object]::ReferenceEquals($e, $f) ? 'y' : 'n') } -ArgumentList $there, $there")]
    [InlineData("{ param($ends) $ends[1].Send('x'); $ends[0].Send('y') } -ArgumentList @(, @($there, $there))")]
    public void An_end_that_is_mentioned_twice_arrives_once(string worker)
    {
        Assert.Equal(
            ["x", "y"],
            All(
                $$"""
                $here, $there = New-ProcessPipe -Transport Socket
                $w = Start-WorkerProcess {{worker}}
                $here.Receive(60)
                $here.Receive(60)
                $null = $w | Wait-Job
                $w.Error
                """));
    }

    [Fact]
    public void An_end_in_a_pipe_whose_receiver_was_killed_is_the_end_of_file()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        (ProcessPipeEnd first, ProcessPipeEnd second) = NewPipe();
        WorkerProcess worker = NewWorker("Start-WorkerProcess { param($pipe) $pipe.Send(1); while ($true) { Start-Sleep -Milliseconds 100 } } -ArgumentList $args[0]", second);
        Assert.Equal(1, first.Receive(60));
        first.Send(there);
        Assert.False(here.Poll(2));
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.Throws<PipeClosedException>(() => here.Receive(60));
    }

    [Fact]
    public void An_end_that_a_worker_writes_arrives()
    {
        Assert.Equal(
            ["from the worker"],
            All(
                """
                $w = Start-WorkerProcess { $a, $b = New-ProcessPipe -Transport Socket; $b; $a.Send('from the worker') }
                $end = $w | Receive-Job -Wait
                $end.Receive(60)
                """));
    }

    [Fact]
    public void A_worker_passes_it_to_another_worker_and_it_comes_back()
    {
        Assert.Equal(
            ["there and back"],
            All(
                """
                $here, $there = New-ProcessPipe -Transport Socket
                $to, $back = (New-ProcessQueue), (New-ProcessQueue)
                $one = Start-WorkerProcess { param($end) ($using:to).Put($end) } -ArgumentList $there
                $two = Start-WorkerProcess { ($using:back).Put(($using:to).Get(60)) }
                $end = $back.Get(60)
                $end.Send('there and back')
                $here.Receive(60)
                """));
    }

    [Fact]
    public void An_end_that_nobody_fetched_comes_back_as_the_same_object()
    {
        Assert.Equal(
            [true, "still here"],
            All(
                """
                $here, $there = New-ProcessPipe -Transport Socket
                $queue = New-ProcessQueue
                $queue.Put($there)
                $end = $queue.Get(60)
                [object]::ReferenceEquals($end, $there)
                $end.Send('still here')
                $here.Receive(60)
                """));
    }

    [Fact]
    public void Closing_or_disposing_of_what_was_passed_on_does_not_end_the_connection()
    {
        Assert.Equal(
            ["1", "2"],
            All(
                """
                $here, $there = New-ProcessPipe -Transport Socket
                $w = Start-WorkerProcess { param($end) 'here'; while ($true) { $end.Send("$($end.Receive())") } } -ArgumentList $there
                $there.Close()
                $here.Send(1); $here.Receive(60)
                $there.Dispose()
                $here.Send(2); $here.Receive(60)
                $w.Kill()
                """));
    }

    [Fact]
    public void What_was_passed_on_is_used_there_and_says_so_here()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        NewWorker("Start-WorkerProcess " + Echo + " -ArgumentList $args[0]", there);
        here.Send("one");
        Assert.NotNull(here.Receive(60));
        Assert.True(there.IsClosed);
        Assert.Contains("passed to another process", Assert.Throws<PipeClosedException>(() => there.Send(1)).Message, StringComparison.Ordinal);
        Assert.Contains("passed to another process", Assert.Throws<PipeClosedException>(() => there.Receive(1)).Message, StringComparison.Ordinal);
        AssertError<PipeClosedException>("PipeClosed", ErrorCategory.InvalidOperation, "Start-WorkerProcess { param($end) } -ArgumentList $args[0]", there);
    }

    [Fact]
    public void What_has_come_and_was_not_taken_goes_with_it()
    {
        Assert.Equal(
            ["first", "second,third"],
            All(
                """
                $here, $there = New-ProcessPipe -Transport Socket
                'first', 'second', 'third' | Send-ProcessMessage $here
                $there.Receive(60)
                $null = $there.Poll(60)
                Start-WorkerProcess { param($end) "$($end.Receive(60)),$($end.Receive(60))" } -ArgumentList $there | Receive-Job -Wait
                """));
    }

    [Fact]
    public void A_part_of_a_large_message_goes_with_it()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        byte[] bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        using Stream stream = here.GetStream();
        Background<bool> sending = Background.Run(() => stream.Write([.. BitConverter.GetBytes(bytes.Length).Reverse(), .. bytes.AsSpan(0, 1_000_000)]));

        // It reads what has come and waits for the rest.
        while (!sending.EndsWithin(0))
        {
            Assert.Throws<MessageTimeoutException>(() => there.ReceiveBytes(0.1));
        }

        WorkerProcess worker = NewWorker("Start-WorkerProcess { param($end) [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($end.ReceiveBytes(60))) } -ArgumentList $args[0]", there);
        sending = Background.Run(() => stream.Write(bytes.AsSpan(1_000_000)));
        AwaitEnd(worker);
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes)), Assert.Single(worker.Output).BaseObject);
    }

    [Fact]
    public void A_reader_that_waits_is_sent_away_when_the_end_goes()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        Background<PipeClosedException> reading = Background.Run(() => Assert.Throws<PipeClosedException>(() => there.Receive(60)));
        NewWorker("Start-WorkerProcess " + Echo + " -ArgumentList $args[0]", there);
        Assert.Contains("passed to another process", reading.Result.Message, StringComparison.Ordinal);
        here.Send("one");
        Assert.StartsWith("one in ", (string)here.Receive(60)!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_being_sent_goes_out_whole_before_the_end_goes()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        byte[] bytes = new byte[2_000_000];
        new Random(2).NextBytes(bytes);
        Background<bool> sending = Background.Run(() => there.SendBytes(bytes));
        Until.True(() => here.Poll(0.05), "part of it is there");
        Background<WorkerProcess> passing = Background.Run(() => NewWorker("Start-WorkerProcess " + Echo + " -ArgumentList $args[0]", there));
        Assert.Equal(bytes, here.ReceiveBytes(60));
        Assert.True(sending.Result);
        Assert.NotNull(passing.Result);
        here.Send("one");
        Assert.StartsWith("one in ", (string)here.Receive(60)!, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_passing_fails_the_end_stays()
    {
        Assert.Equal(
            ["QueueFull", "QueueClosed", "NotSerializable", "still here"],
            All(
                """
                $here, $there = New-ProcessPipe -Transport Socket
                $queue = New-ProcessQueue -Capacity 1
                $queue.Put(1)
                try { $queue.Put($there, 0.1) } catch { $_.Exception.ErrorId ?? $_.Exception.InnerException.ErrorId }
                $queue.Close()
                try { $queue.Put($there) } catch { $_.Exception.ErrorId ?? $_.Exception.InnerException.ErrorId }
                try { (New-ProcessQueue).Put(@($there, [Action] { })) } catch { $_.Exception.ErrorId ?? $_.Exception.InnerException.ErrorId }
                $there.Send('still here')
                $here.Receive(60)
                """));
    }

    [Fact]
    public void A_killed_worker_is_the_end_of_file_whether_it_has_fetched_it_or_not()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        WorkerProcess worker = NewWorker("Start-WorkerProcess " + Echo + " -ArgumentList $args[0]", there);
        here.Send("one");
        Assert.NotNull(here.Receive(60));
        worker.Kill();
        Assert.Throws<PipeClosedException>(() => here.Receive(60));

        (ProcessPipeEnd here2, ProcessPipeEnd there2) = NewSocketPair();
        ProcessQueue queue = NewQueue();
        queue.Put(there2);
        queue.Dispose();
        Assert.Throws<PipeClosedException>(() => here2.Receive(60));
    }

    [Fact]
    public void An_end_whose_sender_was_killed_before_it_was_fetched_is_gone_and_the_queue_goes_on()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewSocketPair();
        ProcessQueue queue = NewQueue();
        WorkerProcess worker = NewWorker("Start-WorkerProcess { param($end, $queue) $queue.Put($end); $queue.Put('next'); 'put'; while ($true) { Start-Sleep -Milliseconds 100 } } -ArgumentList $args[0], $args[1]", there, queue);
        AwaitOutput(worker);
        worker.Kill();
        Assert.True(worker.Join(60));
        Assert.Throws<ChannelGoneException>(() => queue.Get(60));
        Assert.Equal("next", queue.Get(60));
        Assert.Throws<PipeClosedException>(() => here.Receive(60));
    }

    [Fact]
    public void A_worker_that_ends_waits_until_what_it_has_passed_on_was_fetched()
    {
        Assert.Equal(
            ["from one that has ended"],
            All(
                """
                $queue = New-ProcessQueue
                $w = Start-WorkerProcess { $a, $b = New-ProcessPipe -Transport Socket; $a.Send('from one that has ended'); ($using:queue).Put($b) }
                $end = $queue.Get(60)
                $null = $w | Wait-Job
                $end.Receive(60)
                """));
    }

    [Fact]
    public void Ends_of_connections_travel_and_those_with_keys_of_this_process_say_why_not()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection(key: Key("secret"));
        NewWorker("Start-WorkerProcess " + Echo + " -ArgumentList $args[0]", server);
        client.Send("one");
        Assert.StartsWith("one in ", (string)client.Receive(60)!, StringComparison.Ordinal);

        (_, ProcessPipeEnd encrypted) = NewConnection("tcp+tls://127.0.0.1:0 -SelfSigned", Key("secret"));
        NotSerializableException error = Assert.Throws<NotSerializableException>(() => NewQueue().Put(encrypted));
        Assert.Contains("Connect-ProcessPipe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_waited_for_there_together_with_others()
    {
        Assert.Equal(
            ["queue", "socket"],
            All(
                """
                $here, $there = New-ProcessPipe -Transport Socket
                $queue = New-ProcessQueue
                $w = Start-WorkerProcess { foreach ($n in 1..2) { Receive-ProcessMessage $using:there, $using:queue -TimeoutSeconds 60 } }
                $queue.Put('queue')
                while ($w.Output.Count -eq 0 -and -not $w.HasExited) { $null = $w.Join(0.02) }
                $here.Send('socket')
                $w | Receive-Job -Wait
                """));
    }

    [Fact]
    public void Two_hundred_that_were_passed_leave_no_descriptor_behind()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/fd"), "The system does not list descriptors.");
        const string Pass =
            """
            $queue = New-ProcessQueue
            $w = Start-WorkerProcess { Receive-ProcessMessage $using:queue -UntilClosed | ForEach-Object { $_.Send('got'); $_.Dispose() } }
            foreach ($n in 1..COUNT) {
                $here, $there = New-ProcessPipe -Transport Socket
                $queue.Put($there)
                $null = $here.Receive(60)
                $here.Dispose()
            }
            $queue.Close()
            $null = $w | Wait-Job
            """;
        Shell.Run(Pass.Replace("COUNT", "5", StringComparison.Ordinal));
        int before = Directory.GetFileSystemEntries("/proc/self/fd").Length;
        Shell.Run(Pass.Replace("COUNT", "200", StringComparison.Ordinal));
        Until.True(() => Directory.GetFileSystemEntries("/proc/self/fd").Length < before + 50, "the descriptors are closed", 30);
    }

    private (ProcessPipeEnd First, ProcessPipeEnd Second) NewSocketPair()
    {
        (ProcessPipeEnd first, ProcessPipeEnd second) = NewPipe("-Transport Socket");
        return (Own(first), Own(second));
    }
}

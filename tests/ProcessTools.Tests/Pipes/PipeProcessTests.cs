using System.Management.Automation;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pipes;

/// <summary>Pipes between real workers: round trips, the end of file, deaths.</summary>
[Trait("Platform", "portable")]
public sealed class PipeProcessTests : ChannelTest
{
    [Fact]
    public void Program_4_one_process_sends_and_another_receives()
    {
        Assert.Equal(
            "msg:message",
            One(
                """
                $send, $recv = New-ProcessPipe
                $null = Start-WorkerProcess { param($end, $m) $end.Send($m) } -ArgumentList $send, message
                Start-WorkerProcess { param($end) "msg:$($end.Receive())" } -ArgumentList $recv | Receive-Job -Wait
                """));
    }

    [Fact]
    public void A_worker_answers_through_the_same_pipe()
    {
        Assert.Equal(
            Enumerable.Range(1, 200).Select(n => (object)(n * 2)),
            All("$here, $there = New-ProcessPipe; $null = Start-WorkerProcess { param($end) while ($true) { $end.Send($end.Receive() * 2) } } -ArgumentList $there; foreach ($n in 1..200) { $here.Send($n); $here.Receive(60) }"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_144)]
    [InlineData(16_777_216)]
    public void Bytes_go_there_and_back_unchanged(int length)
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($e) Start-WorkerProcess { param($end) $end.SendBytes($end.ReceiveBytes()); $end.Send($end.Receive()) } -ArgumentList $e", there);
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        here.SendBytes(bytes);
        Assert.Equal(bytes, here.ReceiveBytes(60));
        here.Send(bytes);
        Assert.Equal(bytes, Assert.IsType<byte[]>(here.Receive(60)));
        AwaitEnd(worker);
    }

    [Fact]
    public void Large_messages_in_both_directions_at_once_do_not_block_each_other()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker(
            "param($e) Start-WorkerProcess { param($end) $b = [byte[]]::new(4000000); $sum = 0L; 'ready'; foreach ($n in 1..10) { $end.SendBytes($b); $sum += $end.ReceiveBytes().Length }; $sum } -ArgumentList $e", there);
        AwaitOutput(worker);
        Background<bool> send = Background.Run(() =>
        {
            for (int n = 0; n < 10; n++)
            {
                here.SendBytes(new byte[5_000_000]);
            }
        });
        for (int n = 0; n < 10; n++)
        {
            Assert.Equal(4_000_000, here.ReceiveBytes(60).Length);
        }

        Assert.True(send.EndsWithin(60));
        AwaitEnd(worker);
        Assert.Equal(50_000_000L, worker.Output[1].BaseObject);
    }

    [Fact]
    public void The_end_of_file_comes_when_the_worker_with_the_other_end_has_ended()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($e) Start-WorkerProcess { param($end) $end.Send('one'); $end.SendBytes([byte[]] (1, 2)) } -ArgumentList $e", there);
        AwaitEnd(worker);
        Assert.Equal("one", here.Receive(10));
        Assert.Equal([1, 2], here.ReceiveBytes(10));
        Assert.True(here.Poll(10));
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
        Assert.Throws<PipeClosedException>(() => here.Send("nobody"));
    }

    [Fact]
    public void The_end_of_file_comes_when_the_worker_closes_its_end_and_goes_on()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        ProcessQueue wait = NewQueue();
        WorkerProcess worker = NewWorker("param($e, $w) Start-WorkerProcess { param($end, $wait) $end.Send(1); $end.Close(); $wait.Get() } -ArgumentList $e, $w", there, wait);
        Assert.Equal(1, here.Receive(60));
        Assert.Throws<PipeClosedException>(() => here.Receive(30));
        Assert.False(worker.HasExited);
        wait.Put("end");
        AwaitEnd(worker);
    }

    [Fact]
    public void A_worker_that_waits_gets_the_end_of_file_when_this_side_closes()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($e) Start-WorkerProcess { param($end) 'ready'; try { while ($true) { $end.Receive() } } catch [ProcessTools.PipeClosedException] { 'eof' } } -ArgumentList $e", there);
        here.Send(1);
        AwaitIdle(worker);
        here.Close();
        AwaitEnd(worker);
        Assert.Equal(["ready", 1, "eof"], worker.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public void A_killed_worker_gives_the_end_of_file_to_a_waiting_receiver()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($e) Start-WorkerProcess { param($end) 'ready'; $end.Send('last words'); $end.Receive() } -ArgumentList $e", there);
        AwaitIdle(worker);
        Assert.Equal("last words", here.Receive(10));
        Background<object?> receive = Background.Run(() => here.Receive());
        Assert.False(receive.EndsWithin(0.1));
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.Throws<PipeClosedException>(() => receive.Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
    }

    [Fact]
    public void A_killed_worker_ends_the_wait_of_a_sender()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($e) Start-WorkerProcess { param($end) $end.Receive(); (New-ProcessQueue).Get() } -ArgumentList $e", there);
        here.Send("begin");
        AwaitIdle(worker);
        Background<bool> send = Background.Run(() =>
        {
            while (true)
            {
                here.SendBytes(new byte[100_000]);
            }
        });
        Assert.False(send.EndsWithin(0.2));
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.Throws<PipeClosedException>(() => send.Result);
    }

    [Fact]
    public void What_a_killed_worker_had_sent_is_received_before_the_end_of_file()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        WorkerProcess worker = NewWorker("param($e) Start-WorkerProcess { param($end) foreach ($n in 1..1000) { $end.Send($n) }; 'ready'; $end.Receive() } -ArgumentList $e", there);
        AwaitIdle(worker);
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.True(worker.Join(30));
        for (int n = 1; n <= 1000; n++)
        {
            Assert.Equal(n, here.Receive(10));
        }

        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void An_end_that_a_worker_got_by_using_is_handed_over_as_well()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        AwaitEnd(NewWorker("param($e) Start-WorkerProcess { ($using:e).Send('using') }", there));
        Assert.Equal("using", here.Receive(10));
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void The_end_of_file_waits_for_the_last_of_several_holders()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        ProcessQueue wait = NewQueue();

        // The one that stays gets the end first: when the only holder has ended, the pipe is over for good.
        WorkerProcess second = NewWorker("param($e, $w) Start-WorkerProcess { param($end, $wait) $wait.Get(); $end.Send('second') } -ArgumentList $e, $w", there, wait);
        WorkerProcess first = NewWorker("param($e) Start-WorkerProcess { param($end) $end.Send('first') } -ArgumentList $e", there);
        AwaitEnd(first);
        Assert.Equal("first", here.Receive(10));
        Assert.False(here.Poll(0.3));
        wait.Put("go");
        Assert.Equal("second", here.Receive(30));
        AwaitEnd(second);
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void An_end_that_is_used_here_again_is_held_here_again()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        AwaitEnd(NewWorker("param($e) Start-WorkerProcess { param($end) $end.Send('worker') } -ArgumentList $e; $e.Send('here')", there));
        Assert.Equal(["here", "worker"], new[] { (string)here.Receive(10)!, (string)here.Receive(10)! }.Order());
        Assert.False(here.Poll(0.2));
        there.Close();
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void Directions_hold_in_other_processes()
    {
        (ProcessPipeEnd send, ProcessPipeEnd receive) = NewPipe("-OneWay");
        WorkerProcess worker = NewWorker(
            "param($s, $r) Start-WorkerProcess { param($s, $r) try { $s.Receive() } catch [ProcessTools.PipeDirectionException] { 's' }; try { $r.Send(1) } catch [ProcessTools.PipeDirectionException] { 'r' }; $s.Send('one way'); $r.Receive() } -ArgumentList $s, $r", send, receive);
        AwaitEnd(worker);
        Assert.Equal(["s", "r", "one way"], worker.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public void The_error_of_an_end_of_file_comes_out_of_a_worker_with_its_type()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        here.Close();
        ShellResult result = Shell.TryRun("param($e) try { Start-WorkerProcess { param($end) $end.Receive() } -ArgumentList $e | Receive-Job -Wait -ErrorAction Stop } catch { throw }", there);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Contains("PipeClosed", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_end_that_was_handed_over_and_never_arrived_is_the_end_of_file()
    {
        Assert.Equal(
            "PipeClosed",
            Shell.Run(
                """
                $a, $b = New-ProcessPipe
                $w = Start-WorkerProcess { Start-Sleep 600 } -ArgumentList $b
                $w.Kill()
                try { $a.Receive() } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId }
                """).Single().BaseObject);
    }
}

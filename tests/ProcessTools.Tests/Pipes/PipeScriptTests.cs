using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pipes;

/// <summary>Pipes as scripts use them, with real workers: what Python's Pipe and Connection do.</summary>
public sealed class PipeScriptTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Program_4_one_worker_sends_and_another_receives()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$send, $recv = New-ProcessPipe; $null = Start-WorkerProcess { ($using:send).Send('message') }; Start-WorkerProcess { \"msg:$(($using:recv).Receive())\" } | Receive-Job -Wait"));
        Assert.Equal("msg:message", result.BaseObject);
    }

    [Fact]
    public void Both_ends_send_and_receive()
    {
        Assert.Equal(
            [2, 4, 6],
            _shell.Run("$a, $b = New-ProcessPipe; $null = Start-WorkerProcess { for ($i = 0; $i -lt 3; $i++) { $n = ($using:b).Receive(); ($using:b).Send($n * 2) } }; foreach ($n in 1..3) { $a.Send($n); $a.Receive() }")
                .Select(static value => value.BaseObject));
    }

    [Fact]
    public void A_one_way_pipe_has_an_end_that_sends_and_one_that_receives()
    {
        Assert.Equal(
            [true, false, false, true, "x", "PipeDirection", "PipeDirection", "PipeDirection"],
            _shell.Run(
                """
                $a, $b = New-ProcessPipe -OneWay; $a.CanSend, $a.CanReceive, $b.CanSend, $b.CanReceive
                $a.Send('x'); $b.Receive()
                foreach ($call in { $b.Send(1) }, { $a.Receive() }, { $a.Poll() }) { try { & $call } catch [ProcessTools.PipeDirectionException] { $_.Exception.ErrorId } }
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void Bytes_of_any_size_keep_their_boundaries()
    {
        Assert.Equal(
            "0 1 1024 65536 16777216 300000 0",
            _shell.Run(
                """
                $a, $b = New-ProcessPipe
                $echo = Start-WorkerProcess { while ($true) { ($using:b).SendBytes(($using:b).ReceiveBytes()) } }
                $random = [Random]::new(5)
                $sizes = foreach ($size in 0, 1, 1KB, 64KB, 16MB, 300000, 0) {
                    $bytes = [byte[]]::new($size); $random.NextBytes($bytes); $a.SendBytes($bytes); $back = $a.ReceiveBytes()
                    if ([Linq.Enumerable]::SequenceEqual($bytes, $back)) { $back.Length } else { 'different' }
                }
                "$sizes"
                """).Single().BaseObject);
    }

    [Fact]
    public void The_end_of_file_comes_when_the_last_holder_closes_or_dies()
    {
        Assert.Equal(
            ["last", "PipeClosed", "PipeClosed", "last", "PipeClosed", "PipeClosed", true],
            _shell.Run(
                """
                $a, $b = New-ProcessPipe
                $w = Start-WorkerProcess { ($using:b).Send('last'); ($using:b).Close() }
                $a.Receive(); foreach ($call in { $a.Receive() }, { $a.Send(1) }) { try { & $call } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId } }
                $a, $b = New-ProcessPipe
                $w = Start-WorkerProcess { ($using:b).Send('last'); [Threading.Thread]::Sleep(-1) }
                $a.Receive(); $w.Kill()
                foreach ($call in { $a.Receive() }, { $a.Send(1) }) { try { & $call } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId } }
                $a.Poll()
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void The_end_of_a_worker_is_noticed_within_half_a_second_by_one_that_waits()
    {
        _shell.Run("$a, $b = New-ProcessPipe; $w = Start-WorkerProcess { ($using:b).Send(1); [Threading.Thread]::Sleep(-1) }; $null = $a.Receive(); $k = [Threading.Timer]::new({ }, $null, -1, -1)");
        int id = (int)_shell.Run("$w.ProcessId").Single().BaseObject;
        Stopwatch clock = new();
        using Timer kill = new(
            _ =>
            {
                clock.Start();
                Processes.Signal(id, Processes.Kill);
            },
            null,
            300,
            Timeout.Infinite);
        Assert.Equal("PipeClosed", _shell.Run("try { $a.Receive() } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId }").Single().BaseObject);
        Assert.True(clock.IsRunning, "The end of file came before the death.");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
    }

    [Fact]
    public void An_end_that_was_handed_over_and_never_arrived_is_the_end_of_file()
    {
        Assert.Equal(
            "PipeClosed",
            _shell.Run(
                """
                $a, $b = New-ProcessPipe
                $w = Start-WorkerProcess { [Threading.Thread]::Sleep(-1) } -ArgumentList $b
                $w.Kill()
                try { $a.Receive() } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId }
                """).Single().BaseObject);
    }

    [Fact]
    public void An_end_that_was_handed_over_is_held_again_when_it_is_used_again()
    {
        Assert.Equal(
            ["from the worker", "from here", false, "and again"],
            _shell.Run(
                """
                $a, $b = New-ProcessPipe
                $w = Start-WorkerProcess { ($using:b).Send('from the worker'); [Threading.Thread]::Sleep(-1) }
                $a.Receive(); $b.Send('from here'); $a.Receive()
                $w.Kill(); $w.Join()
                $a.Poll(0.3); $b.Send('and again'); $a.Receive()
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void Poll_tells_whether_a_message_or_the_end_has_come()
    {
        Assert.Equal(
            [false, false, true, true, 5, false, true],
            _shell.Run("$a, $b = New-ProcessPipe; $b.Poll(); $b.Poll(0.1); $a.Send(5); $b.Poll(); $b.Poll([timespan]::FromSeconds(3)); $b.Receive(); $b.Poll(); $a.Close(); $b.Poll(10)")
                .Select(static value => value.BaseObject));
    }

    [Fact]
    public void What_was_refused_is_still_there()
    {
        Assert.Equal(
            ["BufferTooShort", 5, 3, "MessageNotBytes", "text", "MessageTimeout", false],
            _shell.Run(
                """
                $a, $b = New-ProcessPipe; $buffer = [byte[]]::new(8)
                $a.SendBytes([byte[]] (1..5)); try { $b.ReceiveBytesInto($buffer, 4) } catch [ProcessTools.BufferTooShortException] { $_.Exception.ErrorId }
                $b.ReceiveBytesInto($buffer, 3); $buffer[5]
                $a.Send('text'); try { $b.ReceiveBytes() } catch [ProcessTools.MessageNotBytesException] { $_.Exception.ErrorId }
                $b.Receive(); try { $b.Receive(0.1) } catch [ProcessTools.MessageTimeoutException] { $_.Exception.ErrorId }
                $x = 0; $b.TryReceive([ref] $x)
                """).Select(static value => value.BaseObject is byte number ? (int)number : value.BaseObject));
    }

    [Fact]
    public void A_sender_waits_for_a_receiver_that_is_behind()
    {
        Assert.Equal(
            ["MessageTimeout", true, true],
            _shell.Run(
                """
                $a, $b = New-ProcessPipe; $block = [byte[]]::new(60000); $sent = 0
                try { while ($true) { $a.Send($block, 0.2); $sent++ } } catch [ProcessTools.MessageTimeoutException] { $_.Exception.ErrorId }
                $sent -lt 40
                for ($i = 0; $i -lt $sent; $i++) { $null = $b.Receive() }
                -not $b.Poll()
                """).Select(static value => value.BaseObject));
    }
}

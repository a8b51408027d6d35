using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Channels;

/// <summary>Waiting for many channels at once, with members that end, die, or are wanted by others.</summary>
public sealed class SeveralChannelsTests : ChannelTest
{
    [Fact]
    public void Sixty_channels_are_waited_for_at_once()
    {
        ProcessQueue[] queues = [.. Enumerable.Range(0, 60).Select(_ => NewQueue())];
        Background<object?> receive = Background.Run(() => One("param($all) Receive-ProcessMessage $all", (object)queues));
        Assert.False(receive.EndsWithin(0.3));
        queues[47].Put("from the 47th");
        Assert.Equal("from the 47th", receive.Result);
    }

    [Fact]
    public void What_is_wrong_with_one_is_said_and_the_others_go_on()
    {
        using ProcessListener listener = (ProcessListener)One("New-ProcessListener tcp://127.0.0.1:0")!;
        using System.Net.Sockets.Socket browser = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        browser.Connect(System.Net.IPAddress.Loopback, new Uri(listener.Address).Port);
        using ProcessPipeEnd senseless = listener.Accept(60);
        browser.Send("GET / HTTP/1.1\r\n\r\n"u8);
        Until.True(() => senseless.Poll(), "it has come");
        ProcessQueue queue = NewQueue();
        (ProcessPipeEnd closedHere, ProcessPipeEnd there) = NewPipe();
        closedHere.Close();
        Background<ShellResult> receive = Background.Run(() => Shell.TryRun("Receive-ProcessMessage $args -UntilClosed", senseless, closedHere, queue));
        queue.Put("a");
        Until.True(() => queue.IsEmpty, "it is received");
        queue.Put("b");
        queue.Close();
        ShellResult result = receive.Result;
        Assert.Equal(["a", "b"], result.Output.Select(static item => item.ToString()));
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.Errors, static error => Assert.Equal("PipeClosed,ProcessTools.Commands.ReceiveProcessMessageCommand", error.FullyQualifiedErrorId));
        Assert.Single(result.Errors, static error => error.Exception.Message.Contains("bytes was announced", StringComparison.Ordinal));
        there.Close();
    }

    [Fact]
    public void The_death_of_workers_ends_the_wait_for_their_pipes()
    {
        (ProcessPipeEnd here1, ProcessPipeEnd there1) = NewPipe();
        (ProcessPipeEnd here2, ProcessPipeEnd there2) = NewPipe();
        WorkerProcess[] workers = [.. new[] { there1, there2 }.Select(end => NewWorker("param($e) Start-WorkerProcess { param($end) 'ready'; $end.Send(\"up\"); $end.Receive() } -ArgumentList $e", end))];
        Background<object?[]> receive = Background.Run(() => All("param($a, $b) Receive-ProcessMessage $a, $b -UntilClosed", here1, here2));
        foreach (WorkerProcess worker in workers)
        {
            AwaitIdle(worker);
        }

        Stopwatch clock = Stopwatch.StartNew();
        Processes.Signal(workers[0].ProcessId!.Value, Processes.Kill);
        Assert.False(receive.EndsWithin(0.3));
        Processes.Signal(workers[1].ProcessId!.Value, Processes.Kill);
        Assert.Equal(["up", "up"], receive.Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 3);
    }

    [Fact]
    public void Closing_an_end_here_ends_the_wait_for_it()
    {
        ProcessQueue queue = NewQueue();
        (ProcessPipeEnd here, _) = NewPipe();
        Background<ShellResult> receive = Background.Run(() => Shell.TryRun("param($a, $b) Receive-ProcessMessage $a, $b -UntilClosed -TimeoutSeconds 30", queue, here));
        Assert.False(receive.EndsWithin(0.3));
        queue.Close();
        Assert.False(receive.EndsWithin(0.3));
        here.Close();
        Assert.True(receive.EndsWithin(5));
        Assert.Empty(receive.Result.Output);
        Assert.DoesNotContain(receive.Result.Errors, error => error.FullyQualifiedErrorId.StartsWith("MessageTimeout", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_sessions_that_wait_for_the_same_channels_share_the_messages()
    {
        using ShellSession other = new();
        ProcessQueue[] queues = [NewQueue(), NewQueue(), NewQueue()];
        const string Script = "param($all) Receive-ProcessMessage $all -UntilClosed";
        Background<object?[]> mine = Background.Run(() => All(Script, (object)queues));
        Background<object?[]> others = Background.Run(() => other.Run(Script, (object)queues).Select(item => (object?)item.BaseObject).ToArray());
        foreach (int n in Enumerable.Range(0, 3000))
        {
            queues[n % 3].Put(n);
        }

        foreach (ProcessQueue queue in queues)
        {
            queue.Close();
        }

        Assert.Equal(Enumerable.Range(0, 3000), mine.Result.Concat(others.Result).Cast<int>().Order());
    }

    [Fact]
    public void The_same_channel_twice_is_as_good_as_once()
    {
        Assert.Equal([1, 2, 3], All("$q = New-ProcessQueue; 1..3 | Send-ProcessMessage $q -Close; Receive-ProcessMessage $q, $q -UntilClosed"));
    }

    [Fact]
    public void The_commands_work_in_the_constrained_language_mode()
    {
        using ShellSession constrained = new(PSLanguageMode.ConstrainedLanguage);
        Assert.Equal(
            [2, 4, 6],
            constrained.Run(
                """
                $in = New-ProcessQueue -Capacity 2
                $out, $end = New-ProcessPipe
                $null = Start-WorkerProcess { param($in, $end) Receive-ProcessMessage $in -UntilClosed | ForEach-Object { $_ * 2 } | Send-ProcessMessage $end -Close } -ArgumentList $in, $end
                1..3 | Send-ProcessMessage $in -Close
                Receive-ProcessMessage $out -UntilClosed
                """).Select(item => item.BaseObject));
        ErrorRecord error = Assert.Single(constrained.TryRun("$q = New-ProcessQueue; $q.Put(1)").Errors);
        Assert.Equal("MethodInvocationNotSupportedInConstrainedLanguage", error.FullyQualifiedErrorId);
    }

    [Fact]
    public void An_error_from_the_wait_for_a_message_does_not_take_one_that_came_later()
    {
        ShellResult result = Shell.TryRun("$p = New-ProcessQueue; $q = New-ProcessQueue; Receive-ProcessMessage $p, $q -TimeoutSeconds 0.1; $p.Put(1); $q.Put(2); Receive-ProcessMessage $p, $q -Count 2");
        Assert.StartsWith("MessageTimeout,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal([1, 2], result.Output.Select(item => item.BaseObject).Order());
    }

    [Fact]
    public void Messages_that_bring_channels_can_be_received_from_at_once()
    {
        Assert.Equal(
            ["a", "b"],
            All(
                """
                $meet = New-ProcessQueue
                foreach ($name in 'a', 'b') { $null = Start-WorkerProcess { $mine, $yours = New-ProcessPipe; ($using:meet).Put($yours); $mine.Send($using:name) } }
                Receive-ProcessMessage (Receive-ProcessMessage $meet -Count 2) -UntilClosed
                """).Order());
    }
}

using System.Collections;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Channels;

/// <summary>Queues and ends of pipes travel: as argument, with <c>$using:</c>, in objects, and as messages of other channels.</summary>
public sealed class HandleTests : ChannelTest
{
    [Theory]
    [InlineData("Start-WorkerProcess { param($q) $q.Put('ok') } -ArgumentList $q")]
    [InlineData("Start-WorkerProcess { param($queue) $queue.Put('ok') } -Parameter @{ queue = $q }")]
    [InlineData("Start-WorkerProcess { ($using:q).Put('ok') }")]
    [InlineData("Start-WorkerProcess { & { & { ($using:q).Put('ok') } } }")]
    [InlineData("$o = [pscustomobject]@{ Name = 'x'; Queue = $q }; Start-WorkerProcess { param($o) $o.Queue.Put('ok') } -ArgumentList $o")]
    [InlineData("$h = @{ inner = @{ list = @(1, $q) } }; Start-WorkerProcess { ($using:h).inner.list[1].Put('ok') }")]
    [InlineData("$h = @{ q = $q }; Start-WorkerProcess { ($using:h.q).Put('ok') }")]
    [InlineData("$carrier = New-ProcessQueue; $carrier.Put($q); Start-WorkerProcess { ($using:carrier).Get().Put('ok') }")]
    [InlineData("$carrier = New-ProcessQueue; $carrier.Put(@{ reply = $q }); Start-WorkerProcess { ($using:carrier).Get().reply.Put('ok') }")]
    [InlineData("$a, $b = New-ProcessPipe; $a.Send($q); Start-WorkerProcess { param($e) $e.Receive().Put('ok') } -ArgumentList $b")]
    [InlineData("$q | Start-WorkerProcess { process { $_.Put('ok') } }")]
    [InlineData("Start-WorkerProcess { foreach ($one in $input) { $one.Put('ok') } } -InputObject $q")]
    public void A_queue_arrives_however_it_is_passed(string script)
    {
        ProcessQueue queue = NewQueue();
        AwaitEnd(NewWorker("param($q) " + script, queue));
        Assert.Equal("ok", queue.Get(0));
    }

    [Theory]
    [InlineData("Start-WorkerProcess { param($e) $e.Send('ok') } -ArgumentList $e")]
    [InlineData("Start-WorkerProcess { ($using:e).Send('ok') }")]
    [InlineData("$o = [pscustomobject]@{ End = $e }; Start-WorkerProcess { param($o) $o.End.Send('ok') } -ArgumentList $o")]
    [InlineData("$h = @{ ends = @($e) }; Start-WorkerProcess { ($using:h).ends[0].Send('ok') }")]
    [InlineData("$carrier = New-ProcessQueue; $carrier.Put($e); Start-WorkerProcess { ($using:carrier).Get().Send('ok') }")]
    [InlineData("$carrier = New-ProcessQueue; $carrier.Put(@{ a = @{ b = $e } }); Start-WorkerProcess { ($using:carrier).Get().a.b.Send('ok') }")]
    [InlineData("$a, $b = New-ProcessPipe; $a.Send($e); Start-WorkerProcess { param($x) $x.Receive().Send('ok') } -ArgumentList $b")]
    public void An_end_of_a_pipe_arrives_however_it_is_passed_and_is_handed_over(string script)
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        AwaitEnd(NewWorker("param($e) " + script, there));
        Assert.Equal("ok", here.Receive(10));

        // Nobody here has to close the spare end.
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void A_worker_gives_a_queue_that_it_made_as_its_output()
    {
        WorkerProcess worker = NewWorker("Start-WorkerProcess { $q = New-ProcessQueue -Capacity 9; $q.Put('made there'); $q }");
        ProcessQueue queue = Assert.IsAssignableFrom<ProcessQueue>(ResultOf(worker));
        Assert.Equal(9, queue.Capacity);
        Assert.Equal("made there", queue.Get(10));
    }

    [Fact]
    public void A_queue_lies_in_a_queue_in_a_queue()
    {
        ProcessQueue outer = NewQueue();
        AwaitEnd(NewWorker("param($o) Start-WorkerProcess { $middle = New-ProcessQueue; $inner = New-ProcessQueue; $inner.Put('deep'); $middle.Put($inner); ($using:o).Put($middle) }", outer));
        ProcessQueue middle = Assert.IsAssignableFrom<ProcessQueue>(outer.Get(0));
        ProcessQueue inner = Assert.IsAssignableFrom<ProcessQueue>(middle.Get(0));
        Assert.Equal("deep", inner.Get(0));
    }

    [Fact]
    public void A_queue_can_be_an_item_of_itself_and_comes_out_as_the_same_object()
    {
        Assert.Equal([true], All("$q = New-ProcessQueue; $q.Put($q); [object]::ReferenceEquals($q, $q.Get())"));
    }

    [Fact]
    public void In_one_process_the_same_channel_is_the_same_object()
    {
        ProcessQueue queue = NewQueue();
        (ProcessPipeEnd first, ProcessPipeEnd second) = NewPipe();
        ProcessQueue carrier = NewQueue();
        carrier.Put(new Hashtable { ["q"] = queue, ["first"] = first, ["second"] = second });
        Hashtable arrived = Assert.IsType<Hashtable>(carrier.Get());
        Assert.Same(queue, arrived["q"]);
        Assert.Same(first, arrived["first"]);
        Assert.Same(second, arrived["second"]);
        first.Send("still");
        Assert.Equal("still", second.Receive(0));
    }

    [Fact]
    public void A_channel_that_went_to_a_worker_and_back_is_the_same_object()
    {
        ProcessQueue queue = NewQueue();
        ProcessQueue carrier = NewQueue();
        carrier.Put(queue);
        AwaitEnd(NewWorker("param($c) Start-WorkerProcess { $c = $using:c; $c.Put($c.Get()) }", carrier));
        Assert.Same(queue, carrier.Get(0));
    }

    [Fact]
    public void A_request_carries_the_end_for_its_reply()
    {
        Assert.Equal(
            [1, 4, 9],
            All(
                """
                $requests = New-ProcessQueue
                $server = Start-WorkerProcess {
                    foreach ($n in 1..3) { $request = ($using:requests).Get(); $request.Reply.Send($request.N * $request.N) }
                }
                foreach ($n in 1..3) {
                    $mine, $reply = New-ProcessPipe -OneWay:$false
                    $requests.Put(@{ N = $n; Reply = $reply })
                    $mine.Receive(60)
                }
                """));
    }

    [Fact]
    public void Workers_ask_a_server_with_pipes_of_their_own()
    {
        ProcessQueue requests = NewQueue();
        WorkerProcess[] clients = [.. Enumerable.Range(1, 2).Select(n => NewWorker(
            "param($r, $n) Start-WorkerProcess { $mine, $reply = New-ProcessPipe; ($using:r).Put(@{ N = $using:n; Reply = $reply }); $mine.Receive(60); try { $mine.Receive(60) } catch [ProcessTools.PipeClosedException] { 'eof' } }", requests, n))];
        foreach (int _ in Enumerable.Range(0, 2))
        {
            Hashtable request = Assert.IsType<Hashtable>(requests.Get(60));
            ProcessPipeEnd reply = Assert.IsAssignableFrom<ProcessPipeEnd>(request["Reply"]);
            reply.Send((int)request["N"]! * 10);
            reply.Close();
        }

        foreach (int n in Enumerable.Range(1, 2))
        {
            AwaitEnd(clients[n - 1]);
            Assert.Equal([n * 10, "eof"], clients[n - 1].Output.Select(item => item.BaseObject));
        }
    }

    [Fact]
    public void Nothing_is_lost_when_the_sender_of_a_queue_leaves_before_anybody_has_it()
    {
        ProcessQueue carrier = NewQueue();
        WorkerProcess maker = NewWorker("param($c) Start-WorkerProcess { $q = New-ProcessQueue; foreach ($n in 1..1000) { $q.Put($n) }; ($using:c).Put($q); $q.Dispose() }", carrier);
        AwaitEnd(maker);
        Until.True(() => !Processes.IsRunning(maker.ProcessId!.Value), "the maker is gone");
        ProcessQueue queue = Assert.IsAssignableFrom<ProcessQueue>(carrier.Get(0));
        Assert.Equal(Enumerable.Range(1, 1000).Select(n => (object)n), Enumerable.Range(1, 1000).Select(_ => queue.Get(0)!));
    }

    [Fact]
    public void Nothing_is_lost_when_the_sender_of_a_queue_is_killed_before_anybody_has_it()
    {
        ProcessQueue carrier = NewQueue();
        WorkerProcess maker = NewWorker("param($c) Start-WorkerProcess { $q = New-ProcessQueue; $q.Put('kept'); ($using:c).Put($q); 'ready'; $q.Join() }", carrier);
        AwaitIdle(maker);
        Processes.Signal(maker.ProcessId!.Value, Processes.Kill);
        Assert.True(maker.Join(30));
        ProcessQueue queue = Assert.IsAssignableFrom<ProcessQueue>(carrier.Get(0));
        Assert.Equal("kept", queue.Get(0));
    }

    [Fact]
    public void Nothing_is_lost_when_the_sender_of_an_end_leaves_before_anybody_has_it()
    {
        ProcessQueue carrier = NewQueue();
        AwaitEnd(NewWorker("param($c) Start-WorkerProcess { $a, $b = New-ProcessPipe; $a.Send('before'); $a.SendBytes([byte[]] (1, 2)); ($using:c).Put($b) }", carrier));
        ProcessPipeEnd end = Assert.IsAssignableFrom<ProcessPipeEnd>(carrier.Get(0));
        Assert.Equal("before", end.Receive(10));
        Assert.Equal([1, 2], end.ReceiveBytes(10));
        Assert.Throws<PipeClosedException>(() => end.Receive(10));
    }

    [Fact]
    public void An_end_on_its_way_counts_as_held()
    {
        ProcessQueue carrier = NewQueue();
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        carrier.Put(there);
        there.Close();
        Assert.False(here.Poll(0.3));
        here.Send("for whom it reaches");
        WorkerProcess worker = NewWorker("param($c) Start-WorkerProcess { $e = ($using:c).Get(); $e.Receive(30) }", carrier);
        Assert.Equal("for whom it reaches", ResultOf(worker));
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void An_end_in_an_item_that_nobody_can_take_any_more_is_let_go_of()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        ProcessQueue carrier = NewQueue();
        carrier.Put(there);
        there.Close();
        carrier.Dispose();
        Assert.Throws<PipeClosedException>(() => here.Receive(10));
    }

    [Fact]
    public void An_end_handed_to_a_worker_that_cannot_start_stays_usable_here()
    {
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        ShellResult result = Shell.TryRun("param($e) Start-WorkerProcess { param($x, $y) } -ArgumentList $e, ([Action] { })", there);
        Assert.IsType<NotSerializableException>(ErrorOf(Assert.Single(result.Errors)));
        here.Send(1);
        Assert.Equal(1, there.Receive(5));
        there.Send(2);
        Assert.Equal(2, here.Receive(5));
        Assert.False(here.Poll(0.2));
    }

    [Fact]
    public void A_closed_end_cannot_be_passed_on()
    {
        (_, ProcessPipeEnd there) = NewPipe();
        ProcessQueue carrier = NewQueue();
        there.Close();
        ShellResult result = Shell.TryRun("param($c, $e) $c.Put($e)", carrier, there);
        Assert.NotNull(Assert.Single(result.Errors).Exception);
        Assert.True(carrier.IsEmpty);
    }

    [Fact]
    public void A_worker_passes_a_queue_on_to_a_worker_of_its_own()
    {
        ProcessQueue queue = NewQueue();
        AwaitEnd(NewWorker("param($q) Start-WorkerProcess { $mine = $using:q; Start-WorkerProcess { ($using:mine).Put(\"from $PID\") } | Wait-Job | Receive-Job; $mine.Put(\"from $PID\") }", queue));
        Assert.NotEqual(queue.Get(0), queue.Get(0));
    }

    [Fact]
    public void Many_handles_in_one_message_arrive_all()
    {
        ProcessQueue carrier = NewQueue();
        ProcessQueue[] queues = [.. Enumerable.Range(0, 20).Select(_ => NewQueue())];
        carrier.Put(queues);
        AwaitEnd(NewWorker("param($c) Start-WorkerProcess { $all = ($using:c).Get(); for ($n = 0; $n -lt $all.Count; $n++) { $all[$n].Put($n) } }", carrier));
        Assert.Equal(Enumerable.Range(0, 20).Select(n => (object)n), queues.Select(queue => queue.Get(0)!));
    }

    [Fact]
    public void Nothing_is_left_when_the_last_holder_lets_go()
    {
        string[] ids = [.. Shell.Run(
            """
            $q = New-ProcessQueue; for ($i = 0; $i -lt 20; $i++) { $q.Put([byte[]]::new(100000)) }
            $a, $b = New-ProcessPipe; $q.Put($b)
            Start-WorkerProcess { $null = ($using:q).Get(); $null = ($using:a).Poll() } | Receive-Job -Wait
            $q.Id; $a.Id.Substring(0, $a.Id.Length - 2)
            $q.Dispose(); $a.Dispose(); $b.Dispose()
            """).Select(static value => (string)value.BaseObject)];
        foreach (string id in ids)
        {
            Until.True(() => Directory.GetFiles(ProcessTools.Engine.Memory.RuntimeFolder.Path, id + "*").Length == 0, $"the files of {id} are gone");
        }
    }
}

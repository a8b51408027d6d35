using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Security;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>Connections between two ends of ours.</summary>
[Trait("Platform", "portable")]
public sealed class ConnectionTests : SocketTest
{
    public static TheoryData<string> Kinds => ["tcp://127.0.0.1:0", "tcp+tls://127.0.0.1:0 -SelfSigned", "unix"];

    [Fact]
    public void A_peer_that_is_slow_but_lives_keeps_its_connection()
    {
        ProcessListener listener = NewListener("tcp://127.0.0.1:0 -KeepAliveSeconds 1");
        ProcessPipeEnd client = Connect(listener.Address, null, "-KeepAliveSeconds 1");
        ProcessPipeEnd server = Own(listener.Accept(60));
        byte[] bytes = new byte[60_000_000];
        new Random(1).NextBytes(bytes);
        Background<bool> sending = Background.Run(() => client.SendBytes(bytes));

        // Longer than a peer that does not answer has.
        Stopwatch clock = Stopwatch.StartNew();
        Until.True(() => clock.Elapsed.TotalSeconds > 8, "time passes", 60);
        Assert.Equal(bytes, server.ReceiveBytes(60));
        Assert.True(sending.Result);
    }

    [Fact]
    public void What_was_sent_and_closed_arrives_though_the_other_side_sends_once_more()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        string text = new('x', 60_000);
        for (int i = 0; i < 30; i++)
        {
            client.Send(text);
        }

        client.Close();
        server.Send("once more");
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(text, Bare(server.Receive(60)));
        }

        Assert.Throws<PipeClosedException>(() => server.Receive(60));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Objects_and_bytes_of_all_sizes_arrive_in_both_directions(string kind)
    {
        using TempFolder folder = new();
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection(At(kind, folder), Key("secret"));
        foreach ((ProcessPipeEnd from, ProcessPipeEnd to) in new[] { (client, server), (server, client) })
        {
            from.Send(null);
            from.Send("text");
            from.Send(new Hashtable { ["n"] = 1, ["list"] = new object[] { 1, 2.5, "x" } });
            Assert.Null(to.Receive(60));
            Assert.Equal("text", to.Receive(60));
            IDictionary map = Assert.IsAssignableFrom<IDictionary>(Bare(to.Receive(60)));
            Assert.Equal(1, map["n"]);
            foreach (int size in new[] { 0, 1, 4091, 4092, 4093, 16_380, 16_384, 65_532, 65_536, 1_000_000, 5_000_000 })
            {
                byte[] bytes = new byte[size];
                new Random(size).NextBytes(bytes);
                Background<bool> sending = Background.Run(() => from.SendBytes(bytes));
                Assert.Equal(bytes, to.ReceiveBytes(60));
                Assert.True(sending.Result);
                sending = Background.Run(() => from.Send(bytes));
                Assert.Equal(bytes, Assert.IsType<byte[]>(Bare(to.Receive(60))));
                Assert.True(sending.Result);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_sent_before_the_end_is_received_and_then_the_end(string kind)
    {
        using TempFolder folder = new();
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection(At(kind, folder), Key("secret"));

        // The server has not read this when it closes, which is what resets TCP connections.
        client.Send("unread");
        server.Send("last");
        server.Close();
        Assert.Equal("last", client.Receive(60));
        Assert.True(client.Poll(60));
        Assert.Throws<PipeClosedException>(() => client.Receive(60));
        Assert.Throws<PipeClosedException>(() => server.Receive(60));
        Assert.True(server.IsClosed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_receive_whose_time_is_over_keeps_what_came_of_a_message(string kind)
    {
        using TempFolder folder = new();
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection(At(kind, folder), Key("secret"));
        Stream stream = client.GetStream();
        stream.Write([0, 0, 0]);
        Assert.Throws<MessageTimeoutException>(() => server.ReceiveBytes(0.05));
        stream.Write([5, 1, 2]);
        Assert.False(server.Poll(0.05));
        Assert.Throws<MessageTimeoutException>(() => server.Receive(0.05));
        stream.Write([3, 4, 5]);
        Assert.Equal([1, 2, 3, 4, 5], server.ReceiveBytes(60));
    }

    [Fact]
    public void A_length_of_eight_bytes_is_understood()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        client.GetStream().Write([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 7, 8]);
        Assert.Equal([7, 8], server.ReceiveBytes(60));
    }

    [Fact]
    public void A_send_that_has_gone_out_in_part_when_its_time_is_over_ends_the_connection()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        Assert.Throws<PipeClosedException>(() => client.Send(new byte[50_000_000], 0.2));
        Assert.True(client.IsClosed);
        Assert.Throws<InvalidDataFrameException>(() => server.Receive(60));
    }

    [Fact]
    public void A_send_to_one_that_does_not_read_ends_in_time_and_nothing_of_it_was_sent()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        int sent = 0;
        try
        {
            while (true)
            {
                client.Send("x", 0.2);
                sent++;
            }
        }
        catch (Exception exception) when (exception is MessageTimeoutException or PipeClosedException)
        {
            // The kernel took the beginning of the last one, or nothing of it.
        }

        for (int i = 0; i < sent; i++)
        {
            Assert.Equal("x", server.Receive(60));
        }
    }

    [Fact]
    public void Closing_ends_the_wait_of_another_thread()
    {
        (ProcessPipeEnd client, ProcessPipeEnd _) = NewConnection();
        Background<object?> waiting = Background.Run(() => client.Receive());
        Assert.False(waiting.EndsWithin(0.2));
        client.Close();
        Assert.Throws<PipeClosedException>(() => waiting.Result);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait()
    {
        (ProcessPipeEnd client, ProcessPipeEnd _) = NewConnection();
        using CancellationTokenSource source = new();
        Background<object?> waiting = Background.Run(() => client.Receive(Timeout.InfiniteTimeSpan, source.Token));
        await source.CancelAsync();
        Assert.Throws<OperationCanceledException>(() => waiting.Result);
    }

    [Fact]
    public void Many_threads_may_send_and_receive_on_one_end()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        Background<bool>[] senders = [.. Enumerable.Range(0, 4).Select(number => Background.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                client.Send((number * 500) + i);
            }
        }))];
        Background<int[]>[] receivers = [.. Enumerable.Range(0, 4).Select(_ => Background.Run(() => Enumerable.Range(0, 500).Select(_ => (int)server.Receive(60)!).ToArray()))];
        Assert.All(senders, sender => Assert.True(sender.Result));
        Assert.Equal(Enumerable.Range(0, 2000), receivers.SelectMany(receiver => receiver.Result).Order());
    }

    [Fact]
    public void A_socket_is_waited_for_together_with_a_queue_and_a_pipe()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        ProcessQueue queue = NewQueue();
        (ProcessPipeEnd here, ProcessPipeEnd there) = NewPipe();
        foreach (Action send in new Action[] { () => client.Send("m"), () => queue.Put("m"), () => there.Send("m"), () => client.Send("m") })
        {
            Background<object?> waiting = Background.Run(() => One("param($s, $q, $p) Receive-ProcessMessage $s, $q, $p -TimeoutSeconds 60 -Count 1", server, queue, here));
            Assert.False(waiting.EndsWithin(0.1));
            send();
            Assert.Equal("m", waiting.Result);
        }
    }

    [Fact]
    public void A_socket_that_ends_while_it_is_waited_for_with_others_is_over()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        (ProcessPipeEnd client2, ProcessPipeEnd server2) = NewConnection();
        Background<object?[]> waiting = Background.Run(() => All("param($s, $t) Receive-ProcessMessage $s, $t -UntilClosed", server, server2));
        client.Send(1);
        client.Close();
        client2.Send(2);
        client2.Close();
        Assert.Equal([1, 2], waiting.Result.Order());
    }

    [Fact]
    public void Bytes_go_through_a_stream_after_those_that_came_with_a_message()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        client.Send("greeting");
        using (StreamWriter writer = new(client.GetStream()))
        {
            writer.Write("plain");
        }

        Assert.Equal("greeting", server.Receive(60));
        client.Close();
        using StreamReader reader = new(server.GetStream());
        Assert.Equal("plain", reader.ReadToEnd());
    }

    [Fact]
    public void A_pipe_in_memory_has_no_stream() => AssertError<PipeNoStreamException>("PipeNoStream", ErrorCategory.InvalidOperation, "$a, $b = New-ProcessPipe; $a.GetStream()");

    [Fact]
    public void An_object_that_cannot_travel_ends_nothing()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        Assert.Throws<NotSerializableException>(() => client.Send(NewQueue()));
        client.Send("still");
        Assert.Equal("still", server.Receive(60));
    }

    [Fact]
    public void A_killed_process_is_the_end_of_file()
    {
        SecureString key = Key("secret");
        ProcessListener listener = NewListener(key: key);
        WorkerProcess worker = NewWorker("param($a, $k) Start-WorkerProcess { param($a, $k) $p = Connect-ProcessPipe $a -AuthKey $k; $p.Send($PID); $p.Receive() } -ArgumentList $a, $k", listener.Address, key);
        ProcessPipeEnd end = Own(listener.Accept(60));
        Assert.Equal(worker.ProcessId, end.Receive(60));
        Processes.Signal(worker.ProcessId!.Value, Processes.Kill);
        Assert.Throws<PipeClosedException>(() => end.Receive(60));
    }

    private static string At(string kind, TempFolder folder) => kind == "unix" ? $"'unix://{folder.Path}/s'" : kind;

    private static object? Bare(object? message) => message is PSObject wrapped ? wrapped.BaseObject : message;
}

using System.Management.Automation;
using System.Text;
using ProcessTools.Engine.Platform;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary><c>New-ProcessPipe -Transport Socket</c> in one process.</summary>
[Trait("Platform", "portable")]
public sealed class SocketPairTests : SocketTest
{
    [Fact]
    public void Messages_and_bytes_go_both_ways_and_keep_apart()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        foreach ((ProcessPipeEnd from, ProcessPipeEnd to) in new[] { (a, b), (b, a) })
        {
            from.Send("text");
            from.SendBytes([1, 2, 3]);
            from.Send(null);
            Assert.Equal("text", to.Receive(60));
            Assert.Equal([1, 2, 3], to.ReceiveBytes(60));
            Assert.True(to.Poll(60));
            Assert.Null(to.Receive(60));
            Assert.False(to.Poll());
        }
    }

    [Fact]
    public void A_large_message_goes_through_while_it_is_read()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        byte[] bytes = new byte[5_000_000];
        new Random(1).NextBytes(bytes);
        Background<bool> sending = Background.Run(() => a.SendBytes(bytes));
        Assert.Equal(bytes, b.ReceiveBytes(60));
        Assert.True(sending.Result);
    }

    [Theory]
    [InlineData(17_000)]
    [InlineData(10_000_000)]
    public void A_large_message_is_received_by_looks_that_do_not_wait(int size)
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        Background<bool> sending = Background.Run(() =>
        {
            a.SendBytes(bytes);
            a.Send(bytes);
        });
        Until.True(() => b.Poll(0), "the first message is there", 60);
        Assert.Equal(bytes, b.ReceiveBytes(0));
        object? message = null;
        Until.True(() => b.TryReceive(out message), "the second message is there", 60);
        Assert.Equal(bytes, Assert.IsType<byte[]>(message is PSObject wrapped ? wrapped.BaseObject : message));
        Assert.True(sending.Result);
    }

    [Theory]
    [InlineData(17_000)]
    [InlineData(10_000_000)]
    public void A_large_message_is_received_by_who_waits_for_several_channels(int size)
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        (_, ProcessPipeEnd other) = NewSocketPair();
        Background<bool> sending = Background.Run(() => a.Send(new byte[size]));
        Assert.Equal(size, One("(Receive-ProcessMessage $args[0], $args[1] -TimeoutSeconds 60).Length", other, b));
        Assert.True(sending.Result);
    }

    [Fact]
    public void The_streams_have_bytes_without_frames()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        using Stream from = a.GetStream();
        using Stream to = b.GetStream();
        Assert.True(from is { CanRead: true, CanWrite: true, CanSeek: false });
        from.Write("first "u8);
        from.Write("second"u8);
        byte[] buffer = new byte[1024];
        int count = 0;
        Until.True(() => (count += to.Read(buffer.AsSpan(count))) == 12, "both are there");
        Assert.Equal("first second", Encoding.UTF8.GetString(buffer, 0, count));
        a.Close();
        Assert.Equal(0, to.Read(buffer));
    }

    [Fact]
    public void One_way_the_first_sends_and_the_second_receives()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair("-OneWay");
        Assert.Equal((true, false, false, true), (a.CanSend, a.CanReceive, b.CanSend, b.CanReceive));
        a.Send(1);
        Assert.Equal(1, b.Receive(60));
        Assert.Throws<PipeDirectionException>(() => b.Send(1));
        Assert.Throws<PipeDirectionException>(() => a.Receive());
        using Stream from = a.GetStream();
        using Stream to = b.GetStream();
        Assert.True(from is { CanRead: false, CanWrite: true });
        Assert.True(to is { CanRead: true, CanWrite: false });
    }

    [Fact]
    public void A_closed_end_gives_what_was_sent_and_then_the_end_of_file()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        a.Send("last");
        b.Send("never read");
        a.Close();
        Assert.Equal("last", b.Receive(60));
        Assert.Throws<PipeClosedException>(() => b.Receive(60));

        // Over TCP the first one goes out, and is answered by a reset.
        Until.True(() => Record.Exception(() => b.Send(1)) is PipeClosedException, "it is closed in both directions");
        AssertError<PipeClosedException>("PipeClosed", ErrorCategory.InvalidOperation, "$args[0].Receive(60)", a);
    }

    [Fact]
    public void It_is_shown_and_waited_for_like_other_ends()
    {
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        Assert.Equal(["queue", "socket"], All(
            """
            param($a, $b)
            $queue = New-ProcessQueue
            $queue.Put('queue')
            Receive-ProcessMessage $b, $queue -TimeoutSeconds 60
            $a.Send('socket')
            Receive-ProcessMessage $b, $queue -TimeoutSeconds 60
            """,
            a,
            b));
        Assert.StartsWith("socket-", a.ToString(), StringComparison.Ordinal);
        Assert.NotEqual(a.Id, b.Id);
    }

    [Fact]
    public void Shared_memory_is_what_a_pipe_goes_through_when_nothing_is_said()
    {
        (ProcessPipeEnd a, _) = NewPipe();
        (ProcessPipeEnd c, _) = NewPipe("-Transport SharedMemory");
        Assert.StartsWith("pipe-", a.Id, StringComparison.Ordinal);
        Assert.StartsWith("pipe-", c.Id, StringComparison.Ordinal);
        AssertError<PipeNoStreamException>("PipeNoStream", ErrorCategory.InvalidOperation, "$args[0].GetStream()", a);
    }

    [Fact]
    public void Where_sockets_cannot_be_passed_that_is_said()
    {
        Assert.SkipWhen(PlatformServices.Current.CanPassSockets, "On this platform they can.");
        (ProcessPipeEnd a, ProcessPipeEnd b) = NewSocketPair();
        AssertError<NotSerializableException>("NotSerializable", ErrorCategory.InvalidType, "(New-ProcessQueue).Put($args[0])", a);
        a.Send("still here");
        Assert.Equal("still here", b.Receive(60));
    }

    private (ProcessPipeEnd First, ProcessPipeEnd Second) NewSocketPair(string parameters = "")
    {
        (ProcessPipeEnd first, ProcessPipeEnd second) = NewPipe("-Transport Socket " + parameters);
        return (Own(first), Own(second));
    }
}

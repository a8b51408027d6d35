using System.Net;
using System.Net.Sockets;
using ProcessTools.Engine.Sockets;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>When small messages over TCP go out: a stream of them is gathered into packets, and no message waits for another.</summary>
public sealed class SmallMessagesTests : SocketTest
{
    private readonly Socket _here = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _there;

    public SmallMessagesTests()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _here.Connect(listener.LocalEndPoint!);
        _there = listener.Accept();
        _here.NoDelay = true;
    }

    [Fact]
    public void A_few_in_a_row_are_sent_at_once()
    {
        using SmallMessages messages = new(_here);
        for (int number = 0; number < 10; number++)
        {
            messages.BeforeSend(40);
        }

        Assert.True(_here.NoDelay);
    }

    [Fact]
    public void A_stream_is_gathered_and_what_is_left_of_it_goes_on_when_it_ends()
    {
        using SmallMessages messages = new(_here);
        BeginStream(messages);
        Until.True(() => _here.NoDelay, "the stream has ended by itself");
        BeginStream(messages);
        Until.True(() => _here.NoDelay, "and the next one");
    }

    [Fact]
    public void A_stream_ends_when_its_sender_waits_for_an_answer()
    {
        using SmallMessages messages = new(_here);
        for (int round = 0; round < 50; round++)
        {
            BeginStream(messages);
            messages.BeforeWait();
            Assert.True(_here.NoDelay);
        }
    }

    [Fact]
    public void A_large_message_ends_a_stream_and_is_none()
    {
        using SmallMessages messages = new(_here);
        BeginStream(messages);
        for (int number = 0; number < 100; number++)
        {
            messages.BeforeSend(100_000);
            Assert.True(_here.NoDelay);
        }
    }

    [Fact]
    public void A_stream_ends_with_its_connection()
    {
        SmallMessages messages = new(_here);
        BeginStream(messages);
        _here.Dispose();
        messages.BeforeWait();
        messages.BeforeSend(40);
        messages.Dispose();
        messages.BeforeWait();
    }

    [Fact]
    public void Bursts_of_any_length_are_answered_one_by_one()
    {
        (ProcessPipeEnd client, ProcessPipeEnd server) = NewConnection();
        Background<int> answers = Background.Run(() =>
        {
            int next = 0;
            while (server.Receive(60) is int number)
            {
                Assert.Equal(next++, Math.Abs(number));
                if (number < 0)
                {
                    server.Send(number);
                }
            }

            return next;
        });
        Random random = new(20261128);
        int sent = 1;
        client.Send(0);
        for (int burst = 0; burst < 300; burst++)
        {
            for (int more = random.Next(60); more > 0; more--)
            {
                client.Send(sent++);
            }

            client.Send(-sent);
            Assert.Equal(-sent++, client.Receive(60));
        }

        client.Send(null);
        Assert.Equal(sent, answers.Result);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _here.Dispose();
            _there.Dispose();
        }
    }

    // A machine that is busy elsewhere makes gaps.
    private void BeginStream(SmallMessages messages) => Until.True(
        () =>
        {
            for (int number = 0; number < 1000 && _here.NoDelay; number++)
            {
                messages.BeforeSend(40);
            }

            return !_here.NoDelay;
        },
        "the stream is one");
}

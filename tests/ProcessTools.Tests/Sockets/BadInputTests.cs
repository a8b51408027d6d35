using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using ProcessTools.Engine.Sockets;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>Clients that send what they should not: each is ended with a line in the log, and all others go on.</summary>
public sealed class BadInputTests : SocketTest
{
    private static readonly int s_fuzz = LongForm.Rounds(100, 20_000);

    private static readonly byte[] s_http = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

    public static TheoryData<string> Hostile => new()
    {
        Convert.ToHexString(s_http),
        "7FFFFFFF",
        "FFFFFFFF8000000000000000",
        "FFFFFFFFFFFFFFFFFFFFFFFF",
        "FFFFFFFF7FFFFFFFFFFFFFFF",
        "FFFFFFFE",
        "80000000",
        "00000101" + new string('0', 2 * 0x101),
        "0000000401020304",
        "00000010" + "00000000000000000000000000000000",
        "000000287B7368613235367D" + new string('0', 64),
    };

    public static TheoryData<string> HostileMessages => new()
    {
        Convert.ToHexString(s_http),
        "FFFFFFFF8000000000000000",
        "FFFFFFFE",
        "00000001C1",
        "0000000292C0",
        "000000020101",
        "00000005DF7FFFFFFF",
        "00000005DDFFFFFFFF",
        "00000005C6FFFFFFFF",
        "00000005DBFFFFFFFF",
        "000003E8" + string.Concat(Enumerable.Repeat("91", 1000)),
        "00000006C7037F000000",
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Before_it_has_shown_the_key(string hex)
    {
        ProcessListener listener = NewListener(key: Key("k"));
        Socket raw = ConnectRaw(listener);
        raw.Send(Convert.FromHexString(hex));
        AwaitEndOf(raw);
        AwaitLog(listener, 1);
        Assert.DoesNotContain('\n', Assert.Single(listener.Log).ToString());
        AssertServes(listener, "k");
    }

    [Theory]
    [MemberData(nameof(HostileMessages))]
    public void After_it_was_accepted(string hex)
    {
        ProcessListener listener = NewListener();
        Socket raw = ConnectRaw(listener);
        ProcessPipeEnd end = Own(listener.Accept(60));
        raw.Send(Convert.FromHexString(hex));
        Assert.Throws<InvalidDataFrameException>(() => end.Receive(60));
        Assert.True(end.IsClosed);
        AwaitEndOf(raw);
        Assert.Throws<PipeClosedException>(() => end.Receive(60));
        Assert.Single(listener.Log);
        AssertServes(listener, null);
    }

    [Fact]
    public void A_message_that_is_cut_anywhere_is_the_end_of_its_connection()
    {
        ProcessListener listener = NewListener();
        byte[] whole = [0, 0, 0, 6, 0x93, 1, 0xa3, 97, 98, 99];
        for (int length = 1; length < whole.Length; length++)
        {
            Socket raw = ConnectRaw(listener);
            ProcessPipeEnd end = Own(listener.Accept(60));
            raw.Send(whole, 0, length, SocketFlags.None);
            raw.Shutdown(SocketShutdown.Send);
            Assert.Throws<InvalidDataFrameException>(() => end.Receive(60));
        }

        AssertServes(listener, null);
    }

    [Fact]
    public void Memory_grows_with_what_came_and_not_with_what_was_announced()
    {
        ProcessListener listener = NewListener();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<ProcessPipeEnd> ends = [];
        for (int i = 0; i < 20; i++)
        {
            Socket raw = ConnectRaw(listener);
            ends.Add(Own(listener.Accept(60)));
            raw.Send([0x3F, 0xFF, 0xFF, 0xFF, 1]);
            Assert.False(ends[^1].Poll(0.01));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 64 << 20);
        GC.KeepAlive(ends);
    }

    [Fact]
    public void Clients_that_dawdle_hold_up_nobody_and_are_ended()
    {
        ProcessListener listener = NewListener("tcp://127.0.0.1:0 -HandshakeTimeoutSeconds 2", Key("k"));
        Socket[] slow = [.. Enumerable.Range(0, 20).Select(_ => ConnectRaw(listener))];
        foreach (Socket socket in slow)
        {
            socket.Send([0]);
        }

        AssertServes(listener, "k");
        foreach (Socket socket in slow)
        {
            AwaitEndOf(socket);
        }

        AwaitLog(listener, 20);
    }

    [Fact]
    public void Clients_who_say_nothing_and_come_again_keep_nobody_out()
    {
        const int Silent = 300;
        const int Most = 2000;
        byte[] key = "k"u8.ToArray();
        SocketListener listener = Own(new SocketListener(SocketAddress.Parse("tcp://127.0.0.1:0", "/"), new ListenerOptions { Key = key, Backlog = 1024, MostUnknown = 64 }));
        using CancellationTokenSource source = new();
        Background<bool> silent = Background.Run(() =>
        {
            List<Socket> sockets = [.. Enumerable.Range(0, Silent).Select(_ => ConnectRaw(listener))];
            for (int count = Silent; count < Most && !source.IsCancellationRequested;)
            {
                List<Socket> heard = [.. sockets];
                Socket.Select(heard, null, null, 50_000);
                foreach (Socket socket in heard.Where(IsOver))
                {
                    sockets.Remove(socket);
                    sockets.Add(ConnectRaw(listener));
                    count++;
                }
            }
        });
        Until.True(() => listener.RefusedCount > 0, "there is no room for all", 60);
        for (int i = 0; i < 5; i++)
        {
            using ProcessPipeEnd client = SocketConnector.Connect(SocketAddress.Parse(listener.Address, "/"), new ConnectOptions { Key = key }, default);
            client.Send(i);
            using ProcessPipeEnd server = listener.Accept(60);
            Assert.Equal(i, server.Receive(60));
        }

        source.Cancel();
        Assert.True(silent.Result);
        Assert.Contains("the oldest of them", listener.Log[0].Reason, StringComparison.Ordinal);

        static bool IsOver(Socket socket)
        {
            try
            {
                // What it hears otherwise is the question for the key.
                return socket.Receive(new byte[256]) == 0;
            }
            catch (SocketException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void A_thousand_connections_at_once_are_served()
    {
        ProcessListener listener = NewListener("tcp://127.0.0.1:0 -Backlog 1024");
        Socket[] clients = [.. Enumerable.Range(0, 1000).Select(_ => ConnectRaw(listener))];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i].Send([0, 0, 0, 1, 7]);
        }

        for (int i = 0; i < clients.Length; i++)
        {
            using ProcessPipeEnd end = listener.Accept(60);
            Assert.Equal([7], end.ReceiveBytes(60));
        }

        Assert.Equal(1000, listener.AcceptedCount);
    }

    [Fact]
    public void Random_input_ends_connections_and_nothing_else()
    {
        ProcessListener listener = NewListener();
        Random random = new(1);
        for (int round = 0; round < s_fuzz; round++)
        {
            Socket raw = ConnectRaw(listener);
            using ProcessPipeEnd end = listener.Accept(60);
            byte[] frame = new byte[4 + random.Next(64)];
            random.NextBytes(frame);
            BinaryPrimitives.WriteInt32BigEndian(frame, random.Next(8) == 0 ? random.Next(int.MinValue, int.MaxValue) : frame.Length - 4);
            raw.Send(frame);
            raw.Shutdown(SocketShutdown.Send);
            try
            {
                while (true)
                {
                    end.Receive(60);
                }
            }
            catch (Exception exception) when (exception is InvalidDataFrameException or PipeClosedException)
            {
                // The only two ends there are.
            }

            raw.Dispose();
        }

        AssertServes(listener, null);
    }

    private void AssertServes(ProcessListener listener, string? key)
    {
        ProcessPipeEnd client = Connect(listener.Address, key is null ? null : Key(key));
        client.Send("hello");
        Assert.Equal("hello", Own(listener.Accept(60)).Receive(60));
    }
}

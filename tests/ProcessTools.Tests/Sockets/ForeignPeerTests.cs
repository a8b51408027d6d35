using System.Collections;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>Programs in other languages with MessagePack libraries of their own: CPython and Node.js (program 8).</summary>
public sealed class ForeignPeerTests : SocketTest
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string, string> Peers
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string language in (string[])["python", "node"])
            {
                data.Add(language, "tcp");
                data.Add(language, "unix");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public void It_listens_and_answers(string language, string kind)
    {
        using ForeignPeer peer = new(language, "s\u00e9cret", "listen", AddressOf(kind));
        ProcessPipeEnd end = Connect(peer.ReadLine()!, Key("s\u00e9cret"));
        Exchange(end);
        end.Close();
        peer.AwaitEnd();
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public void It_connects_and_answers(string language, string kind)
    {
        ProcessListener listener = NewListener(AddressOf(kind), Key("s\u00e9cret"));
        using ForeignPeer peer = new(language, "s\u00e9cret", "connect", listener.Address);
        ProcessPipeEnd end = Own(listener.Accept(60));
        Exchange(end);
        end.Close();
        peer.AwaitEnd();
    }

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public void It_asks_and_a_script_answers(string language)
    {
        ProcessListener listener = NewListener();
        using ForeignPeer peer = new(language, null, "ask", listener.Address, "1", "20", "300");
        Shell.Run(
            """
            param($listener)
            $end = $listener.Accept(60)
            $question = $end.Receive(60)
            $sum = 0
            if ($question.op -eq 'sum') { foreach ($number in $question.numbers) { $sum += $number } }
            $end.Send(@{ ok = $true; result = $sum })
            """,
            listener);
        Assert.Equal("321", peer.ReadLine());
        peer.AwaitEnd();
    }

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public void One_with_another_key_is_refused_and_refuses(string language)
    {
        ProcessListener listener = NewListener(key: Key("right"));
        using (ForeignPeer peer = new(language, "wrong", "connect", listener.Address))
        {
            AwaitLog(listener, 1);
            Assert.NotEqual(0, peer.AwaitExit().Code);
        }

        using ForeignPeer other = new(language, "wrong", "listen", AddressOf("tcp"));
        AssertError<AuthenticationFailedException>("AuthenticationFailed", ErrorCategory.AuthenticationError, "Connect-ProcessPipe $args[0] -AuthKey $args[1]", other.ReadLine(), Key("right"));
    }

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public void One_that_is_killed_is_the_end_of_file(string language)
    {
        using ForeignPeer peer = new(language, "secret", "listen", AddressOf("unix"));
        ProcessPipeEnd end = Connect(peer.ReadLine()!, Key("secret"));
        Assert.Equal(6, Sum(end, 1, 2, 3));
        peer.Kill();
        Assert.Throws<PipeClosedException>(() => end.Receive(60));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _folder.Dispose();
        }
    }

    private string AddressOf(string kind) => kind == "tcp" ? "tcp://127.0.0.1:0" : $"unix://{_folder.Path}/s";

    private static object? Sum(ProcessPipeEnd end, params object[] numbers)
    {
        end.Send(new Hashtable { ["op"] = "sum", ["numbers"] = numbers });
        IDictionary answer = Assert.IsAssignableFrom<IDictionary>(end.Receive(60));
        Assert.Equal(true, answer["ok"]);
        return answer["result"];
    }

    /// <summary>Values of all kinds, there and back.</summary>
    private static void Exchange(ProcessPipeEnd end)
    {
        Assert.Equal(6, Sum(end, 1, 2, 3));
        foreach (object? value in (object?[])
        [
            null, true, false, 0, -1, 127, 128, -33, int.MinValue, long.MaxValue, long.MinValue, ulong.MaxValue, 1.5, -1e300, "", "h\u00e9llo \u4e16\u754c \ud83d\ude00", new string('x', 70_000),
            Array.Empty<byte>(), new byte[] { 0, 255 }, new byte[1 << 20], DateTime.UnixEpoch, new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc),
        ])
        {
            end.Send(new Hashtable { ["op"] = "echo", ["value"] = value });
            IDictionary answer = Assert.IsAssignableFrom<IDictionary>(end.Receive(60));
            Assert.Equal(value, answer["result"]);
        }

        end.Send(new Hashtable { ["op"] = "echo", ["value"] = new object?[] { 1, new object?[] { "a", null }, new Hashtable { ["k"] = new object[] { 2 } } } });
        object?[] list = Assert.IsType<object?[]>(Assert.IsAssignableFrom<IDictionary>(end.Receive(60))["result"]);
        Assert.Equal(1, list[0]);
        Assert.Equal(["a", null], Assert.IsType<object?[]>(list[1]));
        Assert.Equal([2], Assert.IsType<object[]>(Assert.IsAssignableFrom<IDictionary>(list[2])["k"]));

        foreach (int size in (int[])[0, 1, 65_536, 1 << 20])
        {
            byte[] bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            end.Send(new Hashtable { ["op"] = "reverse" });
            Background<bool> sending = Background.Run(() => end.SendBytes(bytes));
            Assert.Equal(bytes.Reverse(), end.ReceiveBytes(60));
            Assert.True(sending.Result);
        }

        end.Send(new Hashtable { ["op"] = "nonsense" });
        IDictionary refusal = Assert.IsAssignableFrom<IDictionary>(end.Receive(60));
        Assert.Equal(false, refusal["ok"]);
        Assert.Contains("nonsense", (string)refusal["error"]!, StringComparison.Ordinal);
    }
}

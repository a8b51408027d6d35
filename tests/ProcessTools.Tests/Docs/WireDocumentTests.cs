using System.Collections;
using System.Net.Sockets;
using System.Text;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Sockets;
using ProcessTools.Tests.Serialization;
using ProcessTools.Tests.Sockets;
using Xunit;

namespace ProcessTools.Tests.Docs;

/// <summary>docs/WIRE.md says what goes over a socket: its examples, spoken with a real listener byte by byte.</summary>
public sealed class WireDocumentTests : SocketTest
{
    private const string Page = "docs/WIRE.md";
    private static readonly byte[] s_key = Encoding.UTF8.GetBytes("secret");

    [Fact]
    public void Frames_are_sent_and_received_as_the_page_says()
    {
        List<string[]> rows = [.. Rows("Frames").Where(static row => row[0] is not "frame")];
        Assert.Equal(4, rows.Count);
        ProcessListener listener = NewListener();
        Socket client = ConnectRaw(listener);
        ProcessPipeEnd server = Own(listener.Accept(60));
        foreach (string[] row in rows)
        {
            // The last table has the columns exchanged, and is about reading only.
            bool isLong = row[0].StartsWith("ff ff", StringComparison.Ordinal);
            byte[] frame = Bytes(row[isLong ? 0 : 1]);
            byte[] body = Bytes(row[isLong ? 1 : 0]);
            client.Send(frame);
            Assert.Equal(body, server.ReceiveBytes(60));
            if (!isLong)
            {
                server.SendBytes(body);
                Assert.Equal(frame, Receive(client, frame.Length));
            }
        }
    }

    [Fact]
    public void Challenges_are_answered_as_the_page_says()
    {
        List<string[]> rows = Rows("Handshake");
        Assert.Equal(2, rows.Count);
        foreach (string[] row in rows)
        {
            Assert.Equal(Bytes(row[1]), ConnectionChallenge.Respond(s_key, Bytes(row[0])));
            Assert.True(ConnectionChallenge.Verify(s_key, Bytes(row[0]), Bytes(row[1])));
        }

        string text = Text();
        Assert.True(ConnectionChallenge.Verify(s_key, Bytes(rows[0][0]), Bytes(Between(text, "which is right as well: `", "`"))));
        byte[] begin = Bytes(Between(text, "begins `", "`"));
        Assert.Equal(begin, ((byte[])[0, 0, 0, (byte)Bytes(rows[0][1]).Length, .. Bytes(rows[0][1])])[..begin.Length]);
        Assert.Equal([0, 0, 0, 9, .. "#WELCOME#"u8], Bytes(Between(text, "if it is right is\n`", "`")));
    }

    [Fact]
    public void The_handshake_goes_step_by_step_as_the_page_says()
    {
        ProcessListener listener = NewListener(key: Key("secret"));
        Socket client = ConnectRaw(listener);
        byte[] challenge = ReceiveFrame(client);
        Assert.True(challenge.AsSpan().StartsWith("#CHALLENGE#{sha256}"u8));
        Assert.Equal(11 + 8 + 40, challenge.Length);
        byte[] digest = System.Security.Cryptography.HMACSHA256.HashData(s_key, challenge[11..]);
        SendFrame(client, [.. "{sha256}"u8, .. digest]);
        Assert.Equal("#WELCOME#"u8, ReceiveFrame(client));

        // The challenge of the page, and the response that the page has for it.
        string[] row = Rows("Handshake")[0];
        SendFrame(client, [.. "#CHALLENGE#"u8, .. Bytes(row[0])]);
        Assert.Equal(Bytes(row[1]), ReceiveFrame(client));
        SendFrame(client, "#WELCOME#"u8);
        ProcessPipeEnd server = Own(listener.Accept(60));
        server.SendBytes([42]);
        Assert.Equal([42], ReceiveFrame(client));
    }

    [Fact]
    public void Bodies_are_written_and_read_as_the_page_says()
    {
        List<string[]> rows = [.. Rows("Bodies").Where(static row => row.Length == 2 && row[0] is not "bytes")];
        Assert.Equal(23, rows.Count);
        int written = 0;
        foreach (string[] row in rows)
        {
            bool isWritten = !char.IsAsciiHexDigit(row[0][0]) || row[0].Length < 2 || row[0][2] != ' ';
            byte[] bytes = Bytes(row[isWritten ? 1 : 0]);
            object? value = Value(row[isWritten ? 0 : 1]);
            if (isWritten)
            {
                written++;
                Assert.Equal(Hex(bytes), Hex(Wires.Write(value, ObjectSerializer.Plain)));
            }

            // What is read is the same value: it is written like it.
            Assert.Equal(Hex(Wires.Write(value, ObjectSerializer.Plain)), Hex(Wires.Write(Wires.Read(bytes, ObjectSerializer.Plain), ObjectSerializer.Plain)));
        }

        Assert.Equal(17, written);
        Assert.Equal(typeof(int), Wires.Read([7], ObjectSerializer.Plain)!.GetType());
        Assert.IsAssignableFrom<IDictionary>(Wires.Read(Bytes("81 a2 6f 70 a3 73 75 6d"), ObjectSerializer.Plain));
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read([0xD4, 0x05, 0x01], ObjectSerializer.Plain));
    }

    [Fact]
    public void The_conversation_of_the_page_is_that_of_a_listener_and_a_client()
    {
        List<string[]> rows = [.. Rows("Bodies").Where(static row => row.Length == 3 && row[0] is not "who")];
        Assert.Equal(["client", "listener"], rows.Select(static row => row[0]));
        ProcessListener listener = NewListener();
        Socket client = ConnectRaw(listener);
        ProcessPipeEnd server = Own(listener.Accept(60));
        client.Send(Bytes(rows[0][2]));
        IDictionary question = Assert.IsAssignableFrom<IDictionary>(server.Receive(60));
        Assert.Equal("sum", question["op"]);
        Assert.Equal([1, 2], Assert.IsType<object[]>(question["numbers"]));
        server.Send(Value(rows[1][1]));
        byte[] answer = Bytes(rows[1][2]);
        Assert.Equal(Hex(answer), Hex(Receive(client, answer.Length)));
    }

    private static string Text() => File.ReadAllText(Path.Combine(Support.Repository.Root, Page)).ReplaceLineEndings("\n");

    private static List<string[]> Rows(string heading) =>
        [.. MarkdownTable.Rows(Page, heading).Select(static row => (string[])[.. row.Select(static cell => cell.Trim('`'))])];

    private static string Between(string text, string before, string after)
    {
        int start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);

    // Maps in the order in which the page has them.
    private static object? Value(string script) =>
        Wires.Run($",({script.Replace("@{", "[ordered]@{", StringComparison.Ordinal)})", static value => value?.BaseObject)[0];

    private static void SendFrame(Socket socket, ReadOnlySpan<byte> body) => socket.Send([0, 0, 0, (byte)body.Length, .. body]);

    private static byte[] ReceiveFrame(Socket socket) => Receive(socket, Receive(socket, 4)[3]);

    private static byte[] Receive(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int more = socket.Receive(bytes.AsSpan(have));
            Assert.NotEqual(0, more);
            have += more;
        }

        return bytes;
    }
}

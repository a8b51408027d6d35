using System.Security.Authentication;

namespace ProcessTools.Engine.Sockets;

/// <summary>Lets both sides of a connection show that they have the key, before anything else: first the client, then the server (<see cref="ConnectionChallenge"/>).</summary>
internal static class Handshake
{
    // As in Python: whoever is not known yet makes nobody keep much.
    private const int MostBytes = 256;

    /// <summary>The server's part.</summary>
    /// <exception cref="AuthenticationException">The other side does not have the key.</exception>
    public static void AsServer(ByteLine line, FrameReader reader, byte[] key, in LineWait wait)
    {
        reader.MaxBytes = MostBytes;
        Ask(line, reader, key, wait);
        Answer(line, reader, key, wait);
    }

    /// <summary>Waits, on the client's side, for the question that the server begins with.</summary>
    /// <returns>False when the time was over.</returns>
    public static bool IsAsked(FrameReader reader, in LineWait wait)
    {
        reader.MaxBytes = MostBytes;
        return reader.Peek(out _, wait) != ChannelStatus.Empty;
    }

    /// <summary>The client's part.</summary>
    /// <exception cref="AuthenticationException">The other side does not have the key.</exception>
    public static void AsClient(ByteLine line, FrameReader reader, byte[] key, in LineWait wait)
    {
        reader.MaxBytes = MostBytes;
        Answer(line, reader, key, wait);
        Ask(line, reader, key, wait);
    }

    private static void Ask(ByteLine line, FrameReader reader, byte[] key, in LineWait wait)
    {
        byte[] challenge = ConnectionChallenge.Create();
        Write(line, [.. ConnectionChallenge.Prefix, .. challenge], wait);
        if (!ConnectionChallenge.Verify(key, challenge, Read(reader, wait)))
        {
            Write(line, ConnectionChallenge.Failure, wait);
            throw new AuthenticationException("The other side's answer to the challenge is wrong: it has another key.");
        }

        Write(line, ConnectionChallenge.Welcome, wait);
    }

    private static void Answer(ByteLine line, FrameReader reader, byte[] key, in LineWait wait)
    {
        byte[] message = Read(reader, wait);
        if (!message.AsSpan().StartsWith(ConnectionChallenge.Prefix))
        {
            throw new AuthenticationException("The other side asked for no key, or speaks another protocol.");
        }

        byte[] response = ConnectionChallenge.Respond(key, message.AsSpan(ConnectionChallenge.Prefix.Length))
            ?? throw new AuthenticationException("The other side asked in a way that is not known or not safe.");
        Write(line, response, wait);
        if (!Read(reader, wait).AsSpan().SequenceEqual(ConnectionChallenge.Welcome))
        {
            throw new AuthenticationException("The other side did not accept the answer to its challenge: it has another key.");
        }
    }

    private static byte[] Read(FrameReader reader, in LineWait wait) => reader.Peek(out ReadOnlyMemory<byte> frame, wait) switch
    {
        ChannelStatus.Received => reader.TakeArray(frame),
        ChannelStatus.Over => throw new AuthenticationException("The other side ended the connection before both had shown that they have the key."),
        _ => throw new LineTimeoutException(),
    };

    private static void Write(ByteLine line, ReadOnlySpan<byte> message, in LineWait wait)
    {
        int written = 0;
        if (!FrameWriter.Write(line, message, wait, ref written))
        {
            throw new LineTimeoutException();
        }
    }
}

using System.Net.Sockets;

namespace ProcessTools.Engine.Sockets;

/// <summary>A connection as bytes in both directions. One thread reads and one writes at a time.</summary>
/// <param name="socket">Its socket, which it owns.</param>
internal abstract class ByteLine(Socket socket) : IDisposable
{
    /// <summary>What a read returns when the time was over.</summary>
    public const int TimedOut = -1;

    /// <summary>The socket.</summary>
    public Socket Socket { get; } = socket;

    /// <summary>Reads what has come; waits while there is nothing.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="kind">How it waits.</param>
    /// <returns>How many bytes; 0 when no more will come, <see cref="TimedOut"/> when the time was over.</returns>
    /// <exception cref="LineBrokenException">The connection is broken.</exception>
    public abstract int Read(Span<byte> buffer, in LineWait wait, ReadKind kind = ReadKind.Prompt);

    /// <summary>Writes all of it; waits while the other side is behind.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="written">Raised by as many bytes as may have gone out, however the call ends.</param>
    /// <returns>False when the time was over.</returns>
    /// <exception cref="LineBrokenException">The connection is broken.</exception>
    public bool Write(ReadOnlySpan<byte> bytes, in LineWait wait, ref int written) => Write([], bytes, wait, ref written);

    /// <summary>Writes bytes that lie in two places, as one.</summary>
    /// <param name="head">The first of them.</param>
    /// <param name="bytes">The others.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="written">Raised by as many bytes as may have gone out, however the call ends.</param>
    /// <returns>False when the time was over.</returns>
    /// <exception cref="LineBrokenException">The connection is broken.</exception>
    public abstract bool Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes, in LineWait wait, ref int written);

    /// <summary>Looks whether the other side still answers. Reads and writes do so themselves; this is for who waits in another way.</summary>
    /// <exception cref="LineBrokenException">It does not.</exception>
    public abstract void CheckPeer();

    /// <inheritdoc/>
    public abstract void Dispose();
}

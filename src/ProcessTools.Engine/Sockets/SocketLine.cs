using System.Net.Sockets;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// The bytes of a socket. It never blocks in the kernel for longer than a slice, so that closing, cancelling and Ctrl+C are noticed; before it sleeps it tries for a moment, as an answer that comes soon is cheaper to ask for than to be woken for.
/// </summary>
internal sealed unsafe class SocketLine : ByteLine
{
    private const int MostUnasked = 1 << 16;

    private SpinPolicy _spin = new() { Yields = true };

    // Null for sockets that have no packets.
    private readonly SmallMessages? _smallMessages;
    private readonly PeerSilence? _silence;

    // What an attempt to read found; one thread reads at a time.
    private int _count;
    private SocketError _error;

    /// <summary>Takes a connected socket.</summary>
    public SocketLine(Socket socket)
        : base(socket)
    {
        PlatformServices.Current.PrepareSocket(socket);
        if (SocketSettings.IsTcp(socket))
        {
            socket.NoDelay = true;
            _smallMessages = new SmallMessages(socket);
            _silence = new PeerSilence(socket);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer, in LineWait wait, ReadKind kind = ReadKind.Prompt)
    {
        fixed (byte* start = buffer)
        {
            Arrival arrival = new(this, start, buffer.Length);
            bool isThere = kind != ReadKind.Whole && arrival.IsMet;
            if (!isThere)
            {
                _smallMessages?.BeforeWait();
            }

            while (!isThere)
            {
                _silence?.Check();
                TimeSpan slice = wait.NextSlice();
                if (slice <= TimeSpan.Zero)
                {
                    // One that may not wait has not looked yet.
                    if (kind == ReadKind.Whole && arrival.IsMet)
                    {
                        break;
                    }

                    return TimedOut;
                }

                isThere = kind == ReadKind.Prompt && _spin.Spin(arrival);
                if (!isThere && slice < SharedWait.Slice)
                {
                    Sleep(slice, SelectMode.SelectRead);
                    isThere = arrival.IsMet;
                }
                else if (!isThere)
                {
                    isThere = TryRead(start, buffer.Length, kind == ReadKind.Whole ? SocketPatience.All : SocketPatience.Something);
                }
            }
        }

        // A unix socket says so after all that was sent, where the other side closed it or died with something unread; what is sent here from now on fails.
        return _error == SocketError.Success ? _count
            : _error == SocketError.ConnectionReset && Socket.AddressFamily == AddressFamily.Unix ? 0
            : throw LineBrokenException.From(_error);
    }

    /// <inheritdoc/>
    public override bool Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes, in LineWait wait, ref int written)
    {
        // A large one will have to wait for room anyway.
        SocketPatience patience = bytes.Length > MostUnasked ? Patience(wait.NextSlice()) : SocketPatience.None;
        _smallMessages?.BeforeSend(head.Length + bytes.Length);

        // One that never has to wait for room is to be told too.
        _silence?.Check();
        while (head.Length + bytes.Length > 0)
        {
            int count = Send(head, bytes, patience, out SocketError error);
            if (error == SocketError.Success)
            {
                written += count;
                int ofHead = Math.Min(count, head.Length);
                head = head[ofHead..];
                bytes = bytes[(count - ofHead)..];
            }
            else if (error is SocketError.WouldBlock or SocketError.IOPending)
            {
                TimeSpan slice = wait.NextSlice();
                if (slice <= TimeSpan.Zero)
                {
                    return false;
                }

                _silence?.Check();
                patience = Patience(slice);
                if (patience == SocketPatience.None)
                {
                    Sleep(slice, SelectMode.SelectWrite);
                }
            }
            else if (error != SocketError.Interrupted)
            {
                throw LineBrokenException.From(error);
            }
        }

        return true;
    }

    /// <summary>Waits until the other side has room for something.</summary>
    /// <returns>False when the time was over.</returns>
    public bool WaitWritable(in LineWait wait)
    {
        while (!Socket.Poll(0, SelectMode.SelectWrite))
        {
            TimeSpan slice = wait.NextSlice();
            if (slice <= TimeSpan.Zero)
            {
                return false;
            }

            _silence?.Check();
            Sleep(slice, SelectMode.SelectWrite);
        }

        return true;
    }

    /// <inheritdoc/>
    public override void CheckPeer() => _silence?.Check();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _smallMessages?.Dispose();
        Socket.Dispose();
    }

    // A microsecond at least: 0 would be a look, and the rest of a time below one would never pass.
    private void Sleep(TimeSpan slice, SelectMode mode) => Socket.Poll(Math.Max(1, (int)slice.TotalMicroseconds), mode);

    // In the kernel a call waits for a whole slice or not at all.
    private static SocketPatience Patience(TimeSpan slice) => slice < SharedWait.Slice ? SocketPatience.None : SocketPatience.All;

    private int Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes, SocketPatience patience, out SocketError error)
    {
        fixed (byte* headStart = head)
        {
            fixed (byte* start = bytes)
            {
                return PlatformServices.Current.Send(Socket, headStart, head.Length, start, bytes.Length, patience, out error);
            }
        }
    }

    private bool TryRead(byte* start, int length, SocketPatience patience)
    {
        _count = PlatformServices.Current.Receive(Socket, start, length, patience, out _error);
        return _error is not (SocketError.WouldBlock or SocketError.IOPending or SocketError.Interrupted);
    }

    /// <summary>That a read has got something: bytes, the end, or an error.</summary>
    private readonly struct Arrival(SocketLine line, byte* start, int length) : ICondition
    {
        private readonly SocketLine _line = line;
        private readonly byte* _start = start;
        private readonly int _length = length;

        public bool IsMet => _line.TryRead(_start, _length, SocketPatience.None);
    }
}

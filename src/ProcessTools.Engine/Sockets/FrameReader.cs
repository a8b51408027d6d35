using System.Buffers.Binary;
using System.Globalization;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// Reads the frames of Python's <c>multiprocessing.connection</c>: a length as four bytes, most significant first, then so many bytes; where they are more than 0x7FFFFFFF, the four bytes are -1 and eight
/// bytes with the length follow (CPython, Lib/multiprocessing/connection.py, <c>Connection._send_bytes</c>). What was read of a frame when the time was over is kept. One thread at a time.
/// </summary>
/// <param name="line">Where from.</param>
internal sealed class FrameReader(ByteLine line)
{
    private const int ShortHeader = sizeof(int);
    private const int LongHeader = sizeof(int) + sizeof(long);
    private const int FirstBuffer = 4096;

    // Several small messages come with one call; from this size on a message is read into an array of its own.
    private const int LeastLarge = 1 << 14;
    private const int MostBuffer = 1 << 16;

    // An array of up to this size is used again for the next large message.
    private const int MostSpare = 1 << 22;

    // Memory grows with what has come, and not with what was announced, from here on.
    private const int MostAnnounced = 1 << 20;

    private readonly ByteLine _line = line;
    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;

    // A frame that is too large for the buffer.
    private byte[]? _large;
    private int _largeCount;
    private int _largeLength;
    private byte[]? _spare;

    // The last message was large, and the next may be: then little is read before its length is known, which need not be copied.
    private bool _isBulk;

    /// <summary>Makes a reader that begins with bytes that another has read.</summary>
    /// <param name="line">Where what follows comes from.</param>
    /// <param name="unread">The bytes: of whole frames, and part of one at the end.</param>
    public FrameReader(ByteLine line, byte[] unread)
        : this(line)
    {
        if (unread.Length <= MostBuffer)
        {
            _buffer = unread.Length <= FirstBuffer ? _buffer : new byte[MostBuffer];
            unread.CopyTo(_buffer, 0);
            _end = unread.Length;
            return;
        }

        // One that is too large for the buffer, and it alone.
        int header = ReadHeader(unread, out long length);
        _largeLength = (int)length;
        _largeCount = unread.Length - header;
        _large = unread[header..];
    }

    /// <summary>The most bytes that a frame may have.</summary>
    public long MaxBytes { get; set; } = int.MaxValue;

    /// <summary>True once the other side has ended the connection between two frames.</summary>
    public bool IsOver { get; private set; }

    // Part of a frame has come.
    private bool HasPart => _large is not null || _end > _start;

    /// <summary>Reads the next frame.</summary>
    /// <param name="frame">Its bytes, until the next call of any member.</param>
    /// <param name="wait">How long to wait.</param>
    /// <returns><see cref="ChannelStatus.Received"/>, <see cref="ChannelStatus.Over"/>, or what says that the time was over.</returns>
    /// <exception cref="InvalidDataFrameException">The frame is too large, or cut. The connection makes no sense any more.</exception>
    /// <exception cref="LineBrokenException">The connection is broken.</exception>
    public ChannelStatus Peek(out ReadOnlyMemory<byte> frame, in LineWait wait)
    {
        frame = default;
        while (!TryFind(ref frame))
        {
            int count = _large is null
                ? _line.Read(_isBulk && _end == 0 ? _buffer.AsSpan(0, FirstBuffer) : _buffer.AsSpan(_end), wait, _isBulk ? ReadKind.Streamed : ReadKind.Prompt)
                : _line.Read(_large.AsSpan(_largeCount, Math.Min(_large.Length, _largeLength) - _largeCount), wait, ReadKind.Whole);
            switch (count)
            {
                case ByteLine.TimedOut:
                    return ChannelStatus.Empty;
                case 0 when HasPart:
                    throw new InvalidDataFrameException("The connection ended in the midst of a message.");
                case 0:
                    IsOver = true;
                    return ChannelStatus.Over;
                default:
                    Add(count);
                    break;
            }
        }

        return ChannelStatus.Received;
    }

    /// <summary>Goes on to the next frame, after one was found.</summary>
    public void Advance()
    {
        if (_large is not null)
        {
            _spare = _large.Length <= MostSpare ? _large : null;
            _large = null;
            return;
        }

        int header = ReadHeader(_buffer.AsSpan(_start, _end - _start), out long length);
        _start += header + (int)length;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>The frame that was found, as an array of its own, without a copy where it is one already; and goes on to the next.</summary>
    public byte[] TakeArray(ReadOnlyMemory<byte> frame)
    {
        if (_large is { } large && large.Length == frame.Length)
        {
            _large = null;
            return large;
        }

        byte[] bytes = frame.ToArray();
        Advance();
        return bytes;
    }

    /// <summary>What has come and was not taken, as it came.</summary>
    public byte[] GetUnread()
    {
        if (_large is null)
        {
            return _buffer.AsSpan(_start, _end - _start).ToArray();
        }

        byte[] bytes = new byte[ShortHeader + _largeCount];
        BinaryPrimitives.WriteInt32BigEndian(bytes, _largeLength);
        _large.AsSpan(0, _largeCount).CopyTo(bytes.AsSpan(ShortHeader));
        return bytes;
    }

    /// <summary>Reads bytes without frames: those first that came already.</summary>
    public int ReadRaw(Span<byte> bytes, in LineWait wait)
    {
        if (_large is not null || _end == _start)
        {
            return _large is null
                ? _line.Read(bytes, wait)
                : throw new InvalidDataFrameException("Part of a message has been received; the stream would begin in its midst.");
        }

        int count = Math.Min(bytes.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(bytes);
        _start += count;
        return count;
    }

    // The number of bytes of the length, 0 when they have not all come.
    private static int ReadHeader(ReadOnlySpan<byte> bytes, out long length)
    {
        length = 0;
        if (bytes.Length < ShortHeader)
        {
            return 0;
        }

        length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (length != -1)
        {
            return ShortHeader;
        }

        if (bytes.Length < LongHeader)
        {
            return 0;
        }

        length = BinaryPrimitives.ReadInt64BigEndian(bytes[ShortHeader..]);
        return LongHeader;
    }

    private bool TryFind(ref ReadOnlyMemory<byte> frame)
    {
        if (_large is not null)
        {
            frame = _large.AsMemory(0, Math.Min(_large.Length, _largeLength));
            if (_largeCount == _largeLength)
            {
                return true;
            }

            if (_largeCount == _large.Length)
            {
                Array.Resize(ref _large, (int)Math.Min(2L * _large.Length, _largeLength));
            }

            return false;
        }

        int header = ReadHeader(_buffer.AsSpan(_start, _end - _start), out long length);
        if (header == 0)
        {
            MakeRoom(LongHeader);
            return false;
        }

        // As unsigned: a negative length is none at all.
        if ((ulong)length > (ulong)MaxBytes)
        {
            throw new InvalidDataFrameException(
                string.Create(CultureInfo.InvariantCulture, $"A message of {(ulong)length} bytes was announced; {MaxBytes} are allowed."));
        }

        if (_end - _start - header >= length)
        {
            _isBulk = false;
            frame = _buffer.AsMemory(_start + header, (int)length);
            return true;
        }

        if (header + length <= LeastLarge)
        {
            MakeRoom(header + (int)length);
            return false;
        }

        _largeLength = (int)length;
        _large = _spare is { } spare && spare.Length >= Math.Min(_largeLength, MostAnnounced) ? spare : GC.AllocateUninitializedArray<byte>(Math.Min(_largeLength, MostAnnounced));
        _spare = null;
        _isBulk = true;
        _largeCount = _end - _start - header;
        _buffer.AsSpan(_start + header, _largeCount).CopyTo(_large);
        _start = _end = 0;
        return false;
    }

    private void Add(int count)
    {
        if (_large is not null)
        {
            _largeCount += count;
            return;
        }

        _end += count;
        if (_end == _buffer.Length && _buffer.Length < MostBuffer && !_isBulk)
        {
            // More is there than fits.
            Array.Resize(ref _buffer, Math.Min(4 * _buffer.Length, MostBuffer));
        }
    }

    // Room for so many bytes from the start of the frame on, and for one at least that has not come.
    private void MakeRoom(int length)
    {
        if (_buffer.Length - _start >= length && _end < _buffer.Length)
        {
            return;
        }

        byte[] target = length <= _buffer.Length ? _buffer : new byte[Math.Min(Math.Max(length, 2 * _buffer.Length), MostBuffer)];
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _buffer = target;
        _end -= _start;
        _start = 0;
    }
}

using System.Buffers.Binary;

namespace ProcessTools.Engine.State;

/// <summary>The hub's side of a lane: gathers requests, and hands over responses as the ring takes them, without ever waiting for the client. Under the store's gate, but for <see cref="Gather"/>, which the hub's thread alone calls.</summary>
internal sealed class LaneCaller(StateLane lane, long process) : StateCaller, IDisposable
{
    /// <summary>What a request may be is what a message may be.</summary>
    public const int MostRequest = (1 << 30) + (1 << 24);

    private byte[] _request = new byte[256];
    private int _length = -1;
    private int _gathered;
    private int _written;
    private bool _isAnswering;

    /// <inheritdoc/>
    public override int ProcessId => (int)(uint)process;

    /// <summary>The process, as a word.</summary>
    public long Process => process;

    /// <summary>True once it sent what cannot be understood: it is dismissed at the next occasion.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>The lane.</summary>
    public StateLane Lane => lane;

    /// <summary>Gathers what there is of the next request.</summary>
    /// <returns>True when it is whole.</returns>
    /// <exception cref="InvalidDataFrameException">It is longer than a request may be.</exception>
    public bool Gather(out ReadOnlyMemory<byte> request)
    {
        request = default;
        if (_length < 0)
        {
            if (_isAnswering && lane.Requests.HasBytes())
            {
                // The rest of it would come between the pieces of the response.
                throw new InvalidDataFrameException("A request while the response to another one is being read.");
            }

            Span<byte> header = stackalloc byte[StateLane.FrameHeader];
            if (!lane.Requests.TryPeek(header))
            {
                return false;
            }

            lane.Requests.Read(header);
            _length = BinaryPrimitives.ReadInt32LittleEndian(header);
            _gathered = 0;
            if (_length is < 1 or > MostRequest)
            {
                throw new InvalidDataFrameException($"A request of {_length} bytes.");
            }
        }

        // Grows with what has come, not with what was said.
        while (_gathered < _length)
        {
            if (_gathered == _request.Length)
            {
                Array.Resize(ref _request, (int)Math.Min(_length, 2L * _request.Length));
            }

            int count = lane.Requests.Read(_request.AsSpan(_gathered, Math.Min(_request.Length, _length) - _gathered));
            if (count == 0)
            {
                break;
            }

            _gathered += count;
        }

        lane.Requests.Release();
        if (_gathered < _length)
        {
            return false;
        }

        request = _request.AsMemory(0, _length);
        _length = -1;
        return true;
    }

    /// <summary>Forgets a large request once it is done.</summary>
    public void Shrink()
    {
        if (_request.Length > 1 << 20)
        {
            _request = new byte[256];
        }
    }

    /// <summary>When it was served last, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long LastServed { get; set; }

    /// <summary>Wakes the client when it sleeps.</summary>
    public void Wake()
    {
        lane.IsReleased = true;
        lane.Responses.WakeConsumer();
    }

    /// <summary>True while it waits for a turn.</summary>
    public bool IsQueued { get; set; }

    /// <inheritdoc/>
    public override void Complete()
    {
        CompleteQuietly();
        Wake();
    }

    /// <summary>Hands over the response, and wakes nobody.</summary>
    public void CompleteQuietly()
    {
        Span<byte> header = stackalloc byte[StateLane.FrameHeader];
        BinaryPrimitives.WriteInt32LittleEndian(header, Call.Response.WrittenCount);

        // There is room: the client has read the last response before it asked again, and a ring is larger than a header.
        lane.Responses.Write(header);
        _written = 0;
        _isAnswering = true;
        Pump();
    }

    /// <inheritdoc/>
    public override void Refuse()
    {
        IsRefused = true;
        lane.Responses.CloseProducer();
    }

    /// <summary>Hands over more of a response, and wakes nobody.</summary>
    /// <returns>False when there was nothing.</returns>
    public bool Pump()
    {
        if (!_isAnswering)
        {
            return false;
        }

        ReadOnlySpan<byte> response = Call.Response.WrittenSpan;
        _written += lane.Responses.Write(response[_written..]);
        if (_written < response.Length)
        {
            // First say so, then look for room once more (see StateLane.SetWantsRoom).
            lane.SetWantsRoom(true);
            _written += lane.Responses.Write(response[_written..]);
        }

        if (_written == response.Length)
        {
            _isAnswering = false;
            if (lane.WantsRoom)
            {
                lane.SetWantsRoom(false);
            }

            Call.Response.Clear();
        }

        lane.Responses.PublishQuietly();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lane.Responses.CloseProducer();
        lane.Dispose();
        Call.Response.Dispose();
    }
}

using System.Buffers.Binary;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A line to the hub of another process, over a lane. A call that is given up in the middle ends the line: the hub forgets it, and what it waited for.</summary>
internal sealed class LaneLine : StateLine
{
    private const int MostKept = 1 << 20;

    private readonly HubSegment _hub;
    private readonly StateLane _lane;
    private readonly int _place;
    private readonly string _name;
    private readonly Func<bool> _isReleased;
    private byte[] _response = new byte[256];
    private readonly bool _holdsHub;
    private bool _isUsable = true;

    private LaneLine(HubSegment hub, StateLane lane, int place, string name)
    {
        _hub = hub;
        _lane = lane;
        _place = place;
        _name = name;
        _isReleased = () => lane.IsReleased;

        // Finalizers run in any order: the hub's memory is there as long as this line may ring.
        hub.AddReference(ref _holdsHub);
    }

    ~LaneLine() => Close();

    /// <inheritdoc/>
    public override bool IsUsable => _isUsable;

    /// <summary>Makes a line.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="name">The state's name, for errors.</param>
    /// <exception cref="TooManyHoldersException">The hub has no place for one more.</exception>
    /// <exception cref="SharedMemoryFullException">There is no room for the lane.</exception>
    public static LaneLine Open(HubSegment hub, string name)
    {
        ThrowIfOver(hub, name);
        StateLane lane = StateLane.Create();
        int place = hub.TakePlace(lane.Path);
        if (place >= 0)
        {
            return new LaneLine(hub, lane, place, name);
        }

        lane.Unlink();
        lane.Dispose();
        throw new TooManyHoldersException(name, HubSegment.Lanes);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> ExchangeCore(CancellationToken cancellation)
    {
        if (!_isUsable)
        {
            // The line of a transaction of which a call was given up: its memory is gone, and the transaction with it.
            PipelineStop.ThrowIfStopping();
            ThrowIfOver(_hub, _name);
            throw new InvalidOperationException("A call in this transaction was given up, so that all its changes were taken back.");
        }

        if (_hub.IsOver)
        {
            ThrowIfOver(_hub, _name);
        }

        if (Request.WrittenCount > LaneCaller.MostRequest)
        {
            throw new NotSerializableException("$", $"a shared state takes no more than {LaneCaller.MostRequest} bytes at a time; set it in pieces.");
        }

        bool isDone = false;
        try
        {
            Send(cancellation);
            ReadOnlyMemory<byte> response = Receive(cancellation);
            isDone = true;
            return response;
        }
        finally
        {
            if (!isDone)
            {
                // Half a request or half a response: nobody can go on from here.
                Dispose();
            }

            GC.KeepAlive(_hub);
        }
    }

    /// <summary>Throws when a hub is over.</summary>
    /// <exception cref="SharedStateLostException">Its process is gone.</exception>
    /// <exception cref="SharedStateRemovedException">The state was removed.</exception>
    public static void ThrowIfOver(HubSegment hub, string name)
    {
        if (hub.IsOver)
        {
            throw hub.IsRemoved || ProcessWord.IsAlive(hub.Hub) ? new SharedStateRemovedException(name) : new SharedStateLostException(name, (int)(uint)hub.Hub);
        }

        if (!ProcessWord.IsAlive(hub.Hub))
        {
            throw new SharedStateLostException(name, (int)(uint)hub.Hub);
        }
    }

    private void Send(CancellationToken cancellation)
    {
        // Of the request before; the hub sees this one later.
        _lane.IsReleased = false;
        _lane.Processor = Thread.GetCurrentProcessorId();
        ReadOnlySpan<byte> request = Request.WrittenSpan;
        Span<byte> header = stackalloc byte[StateLane.FrameHeader];
        BinaryPrimitives.WriteInt32LittleEndian(header, request.Length);
        _lane.Requests.Write(header);
        int written = _lane.Requests.Write(request);
        while (written < request.Length)
        {
            _lane.Requests.PublishQuietly();
            _hub.Ring(_place);
            FaultPoints.Reached(FaultPoint.StateHalfAsked);
            _lane.Requests.WaitForRoom(SharedWait.Slice, cancellation);
            Check(cancellation);
            written += _lane.Requests.Write(request[written..]);
        }

        _lane.Requests.PublishQuietly();
        FaultPoints.Reached(FaultPoint.StateWritten);
        _hub.Ring(_place);
        FaultPoints.Reached(FaultPoint.StateAsked);
    }

    private ReadOnlyMemory<byte> Receive(CancellationToken cancellation)
    {
        AwaitRelease(cancellation);
        Span<byte> header = stackalloc byte[StateLane.FrameHeader];
        while (!_lane.Responses.TryPeek(header))
        {
            WaitForData(cancellation);
        }

        _lane.Responses.Read(header);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (_response.Length < length || (_response.Length > MostKept && length <= MostKept))
        {
            _response = GC.AllocateUninitializedArray<byte>(Math.Max(length, 256));
        }

        int read = 0;
        while (true)
        {
            read += _lane.Responses.Read(_response.AsSpan(read, length - read));
            _lane.Responses.Release();
            if (read == length)
            {
                FaultPoints.Reached(FaultPoint.StateAnswered);
                return _response.AsMemory(0, length);
            }

            FaultPoints.Reached(FaultPoint.StateHalfAnswered);

            // A full fence between making room and looking whether the hub wants it (see StateLane.SetWantsRoom).
            Interlocked.MemoryBarrier();
            if (_lane.WantsRoom)
            {
                _hub.Ring(_place);
            }

            WaitForData(cancellation);
        }
    }

    /// <summary>
    /// Without a turn, waits until the hub lets this client go on, though the response may be there already: one that takes it and asks again at once takes the processor from the one that has the turn. After a slice the response is
    /// enough, so that nobody depends on the hub's order for longer.
    /// </summary>
    private void AwaitRelease(CancellationToken cancellation)
    {
        while (!_lane.IsReleased && !_hub.TryTakeTurn(_place))
        {
            _lane.Responses.SleepUntil(_isReleased, SharedWait.Slice, cancellation);
            if (_lane.Responses.HasBytes())
            {
                return;
            }

            Check(cancellation);
        }
    }

    private void WaitForData(CancellationToken cancellation)
    {
        if (_hub.TryTakeTurn(_place))
        {
            _lane.Responses.WaitForData(SharedWait.Slice, cancellation);
        }
        else
        {
            _lane.Responses.SleepUntil(_lane.Responses.HasData, SharedWait.Slice, cancellation);
        }

        if (!_lane.Responses.HasBytes())
        {
            Check(cancellation);
        }
    }

    private void Check(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        PipelineStop.ThrowIfStopping();
        ThrowIfOver(_hub, _name);
        if (_lane.Responses.IsClosedByProducer || _hub.OwnerOf(_place) != ProcessWord.Self)
        {
            // A hub that ends says so before it closes the lanes: what was not over a moment ago may be by now.
            ThrowIfOver(_hub, _name);
            throw new InvalidDataFrameException($"The process {(int)(uint)_hub.Hub} that keeps the shared state '{_name}' could not do what was asked, and nothing was changed.");
        }
    }

    private void Close()
    {
        if (!_isUsable)
        {
            return;
        }

        _isUsable = false;
        _lane.Close();
        _hub.Ring(_place);
        _lane.Unlink();
        _lane.Dispose();
        _hub.Release(_holdsHub);
    }
}

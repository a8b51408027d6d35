using System.Buffers.Binary;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// The worker's side of the ring of results. Everything is published as soon as it is written, so that it outlives the worker; the pool is only woken when that is worth it.
/// Thread-safe.
/// </summary>
/// <remarks>
/// A wake-up costs the pool a switch of threads. So a worker that has more tasks ahead wakes it at most every few milliseconds, and the pool, after each time that it was woken, sleeps once for
/// <see cref="LookAgain"/> at most before it sleeps for long: what was published without a wake-up is found then. A worker that runs out of tasks always wakes it.
/// </remarks>
internal sealed class PoolWorkerOutput : IDisposable
{
    /// <summary>How long the pool sleeps at most after it was woken: longer than any worker holds back a wake-up.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private const int HeaderSize = 5;
    private const int EndSize = 17;
    private const int BlockSize = 22;

    // Held back so long while there is much to do, and so long when tasks run out soon.
    private static readonly long s_longInterval = Stopwatch.Frequency * 5 / 1000;
    private static readonly long s_shortInterval = Stopwatch.Frequency / 2000;
    private static readonly long s_soon = Stopwatch.Frequency * 4 / 1000;

    private readonly TaskLane _lane;
    private readonly PoolDoorbell _doorbell;
    private readonly Carrier _session;
    private readonly object _gate = new();

    // Taken out while in use: a getter of an output may itself write output.
    private PooledBufferWriter? _spare = new();
    private long _lastWake;
    private double _meanTask;
    private volatile bool _isClosed;

    /// <summary>Makes it.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="doorbell">The pool's doorbell.</param>
    /// <param name="session">What handles that are sent travel in.</param>
    public PoolWorkerOutput(TaskLane lane, PoolDoorbell doorbell, Carrier session)
    {
        _lane = lane;
        _doorbell = doorbell;
        _session = session;
    }

    /// <summary>The error of an output of the running task that could not travel, or null. The task fails with it at its end.</summary>
    public ErrorRecord? OutputFault { get; set; }

    /// <summary>How long serializing took since it was last told, in ticks of the clock.</summary>
    public long SerializingTicks { get; set; }

    /// <summary>Writes an object or a record of the running task.</summary>
    public void SendObject(PoolMessageKind kind, object? value)
    {
        lock (_gate)
        {
            PooledBufferWriter buffer = Rent();
            long begin = Stopwatch.GetTimestamp();
            Passage? outer = Passage.Begin();
            Passage? passage = null;
            try
            {
                Begin(buffer, kind);
                MessageCodec.Serializer.Serialize(buffer, value);
                passage = Passage.End(outer);
            }
            catch (NotSerializableException exception)
            {
                Passage.End(outer)?.Cancel();
                if (kind == PoolMessageKind.Output)
                {
                    OutputFault ??= exception.ErrorRecord;
                    buffer.Clear();
                    _spare = buffer;
                    return;
                }

                Begin(buffer, PoolMessageKind.Error);
                MessageCodec.Serializer.Serialize(buffer, exception.ErrorRecord);
            }

            passage?.Board(_session);
            SerializingTicks += Stopwatch.GetTimestamp() - begin;
            Write(buffer);
            _lane.Results.PublishQuietly();
            Wake(Stopwatch.GetTimestamp(), s_longInterval);
        }
    }

    /// <summary>Writes the end of a task.</summary>
    /// <param name="kind">How it ended: Done or Stopped.</param>
    /// <param name="started">When it began.</param>
    /// <param name="ended">When it ended.</param>
    /// <param name="wantsToLeave">True when this worker is to be replaced.</param>
    /// <param name="backlog">How many tasks are ahead.</param>
    public void SendEnd(PoolMessageKind kind, long started, long ended, bool wantsToLeave, int backlog)
    {
        lock (_gate)
        {
            PooledBufferWriter buffer = Rent();
            Begin(buffer, kind);
            WriteEnd(buffer, started, ended, wantsToLeave);
            Finish(buffer, started, ended, backlog);
        }
    }

    /// <summary>Writes the end of a task that an error ended.</summary>
    public void SendFailed(ErrorRecord error, long started, long ended, bool wantsToLeave, int backlog)
    {
        lock (_gate)
        {
            PooledBufferWriter buffer = Rent();
            Begin(buffer, PoolMessageKind.Failed);
            WriteEnd(buffer, started, ended, wantsToLeave);
            SerializeError(buffer, error);
            Finish(buffer, started, ended, backlog);
        }
    }

    /// <summary>Begins the frame of a block of tasks; <see cref="SendBlock"/> ends it.</summary>
    public static void BeginBlock(PooledBufferWriter frame)
    {
        Begin(frame, PoolMessageKind.Block);
        frame.GetSpan(BlockSize);
        frame.Advance(BlockSize);
    }

    /// <summary>Writes the ends of a block of tasks, with what they wrote.</summary>
    /// <param name="frame">What <see cref="BeginBlock"/> began.</param>
    /// <param name="count">How many tasks.</param>
    /// <param name="started">When the first began.</param>
    /// <param name="ended">When the last ended.</param>
    /// <param name="wantsToLeave">True when this worker is to be replaced.</param>
    /// <param name="backlog">How many tasks are ahead.</param>
    public void SendBlock(PooledBufferWriter frame, int count, long started, long ended, bool wantsToLeave, int backlog)
    {
        frame.Patch(0, frame.WrittenCount - sizeof(int));
        frame.Patch(HeaderSize, count);
        frame.PatchInt64(HeaderSize + 4, started);
        frame.PatchInt64(HeaderSize + 12, ended - started);
        frame.PatchInt16(HeaderSize + 20, wantsToLeave ? (ushort)1 : (ushort)0);
        lock (_gate)
        {
            WriteFrame(frame.WrittenSpan);
            _lane.Results.PublishQuietly();
            _meanTask += (((ended - started) / (double)count) - _meanTask) / 8;
            Wake(ended, backlog == 0 ? 0 : backlog * _meanTask < s_soon ? s_shortInterval : s_longInterval);
        }
    }

    /// <summary>Writes that the worker is set up.</summary>
    public void SendReady()
    {
        lock (_gate)
        {
            PooledBufferWriter buffer = Rent();
            Begin(buffer, PoolMessageKind.Ready);
            Write(buffer);
            _lane.Results.PublishQuietly();
            _doorbell.Spot.WakeIfWaiting();
        }
    }

    /// <summary>Writes that the worker cannot be set up.</summary>
    public void SendUnable(ErrorRecord error)
    {
        lock (_gate)
        {
            PooledBufferWriter buffer = Rent();
            Begin(buffer, PoolMessageKind.Unable);
            SerializeError(buffer, error);
            Write(buffer);
            _lane.Results.PublishQuietly();
            _doorbell.Spot.WakeIfWaiting();
        }
    }

    /// <summary>Writes how long serializing took since the last time; wakes nobody.</summary>
    public void SendInsight()
    {
        lock (_gate)
        {
            PooledBufferWriter buffer = Rent();
            Begin(buffer, PoolMessageKind.Insight);
            BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(sizeof(long)), SerializingTicks);
            buffer.Advance(sizeof(long));
            SerializingTicks = 0;
            Write(buffer);
            _lane.Results.PublishQuietly();
        }
    }

    /// <summary>Nobody reads any more.</summary>
    public void Close()
    {
        _isClosed = true;
        _lane.Results.Abandon();
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _spare, null)?.Dispose();

    private static void Begin(PooledBufferWriter buffer, PoolMessageKind kind)
    {
        buffer.Clear();
        Span<byte> header = buffer.GetSpan(HeaderSize);
        header[HeaderSize - 1] = (byte)kind;
        buffer.Advance(HeaderSize);
    }

    private static void WriteEnd(PooledBufferWriter buffer, long started, long ended, bool wantsToLeave)
    {
        Span<byte> end = buffer.GetSpan(EndSize);
        BinaryPrimitives.WriteInt64LittleEndian(end, started);
        BinaryPrimitives.WriteInt64LittleEndian(end[8..], ended - started);
        end[16] = wantsToLeave ? (byte)1 : (byte)0;
        buffer.Advance(EndSize);
    }

    private void SerializeError(PooledBufferWriter buffer, ErrorRecord error)
    {
        int length = buffer.WrittenCount;
        Passage? outer = Passage.Begin();
        try
        {
            MessageCodec.Serializer.Serialize(buffer, error);
            Passage.End(outer)?.Board(_session);
        }
        catch (NotSerializableException exception)
        {
            Passage.End(outer)?.Cancel();
            buffer.Truncate(length);
            MessageCodec.Serializer.Serialize(buffer, exception.ErrorRecord);
        }
    }

    private void Finish(PooledBufferWriter buffer, long started, long ended, int backlog)
    {
        Write(buffer);
        _lane.Results.PublishQuietly();
        _meanTask += (ended - started - _meanTask) / 8;
        Wake(ended, backlog == 0 ? 0 : backlog * _meanTask < s_soon ? s_shortInterval : s_longInterval);
    }

    private void Wake(long now, long interval)
    {
        if (now - _lastWake >= interval && _doorbell.Spot.WakeIfWaiting())
        {
            _lastWake = now;
        }
    }

    private void Write(PooledBufferWriter buffer)
    {
        buffer.Patch(0, buffer.WrittenCount - sizeof(int));
        WriteFrame(buffer.WrittenSpan);
        buffer.Clear();
        _spare = buffer;
    }

    private void WriteFrame(ReadOnlySpan<byte> frame)
    {
        while (!_isClosed)
        {
            frame = frame[_lane.Results.Write(frame)..];
            if (frame.IsEmpty)
            {
                break;
            }

            // More than there is room for: the pool has to make room first.
            _lane.Results.PublishQuietly();
            _doorbell.Spot.WakeIfWaiting();
            _lane.Results.WaitForRoom(Timeout.InfiniteTimeSpan, CancellationToken.None);
        }
    }

    private PooledBufferWriter Rent()
    {
        PooledBufferWriter buffer = _spare ?? new PooledBufferWriter();
        _spare = null;
        return buffer;
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// The pool's end of one worker: what was sent to it and has not ended, the bytes on their way in both directions, and what is known of its time. All members are called under the
/// pool's lock, except where said.
/// </summary>
internal sealed class PoolWorker : IDisposable
{
    private const int LengthSize = 4;
    private const int TasksHeader = LengthSize + 1 + 11;
    private const int LeastBuffer = 64 * 1024;
    private const int MostKept = 1 << 20;

    private readonly PooledBufferWriter _outgoing = new();
    private int _sent;
    private byte[] _incoming = new byte[LeastBuffer];
    private int _start;
    private int _end;
    private uint _next;

    // The end of the range of tasks that was taken back last.
    private uint _revokedTo;
    private bool _hasRevoked;
    private bool _isDisposed;

    /// <summary>Makes it for a process that is coming up.</summary>
    /// <param name="link">The process.</param>
    /// <param name="lane">The lane to it.</param>
    public PoolWorker(WorkerLink link, TaskLane lane)
    {
        Link = link;
        Lane = lane;
    }

    /// <summary>The process and the connection to it.</summary>
    public WorkerLink Link { get; }

    /// <summary>The lane to it.</summary>
    public TaskLane Lane { get; }

    /// <summary>The tasks that it has, in the order in which it runs them.</summary>
    public Deque<PoolTask> InFlight { get; } = new();

    /// <summary>The scripts that it knows.</summary>
    public HashSet<int> Scripts { get; } = [];

    /// <summary>The calls that it knows.</summary>
    public HashSet<int> Calls { get; } = [];

    /// <summary>True once it is set up.</summary>
    public bool IsReady { get; set; }

    /// <summary>True when it gets no more tasks.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>True when nothing that it sends counts any more: its pool was terminated.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>True when it was told to leave.</summary>
    public bool WasTold { get; set; }

    /// <summary>True when its process is known to have ended. Set by the watcher, from its thread.</summary>
    public volatile bool IsDead;

    /// <summary>Tells of the end of its process.</summary>
    public IDisposable? Watch { get; set; }

    /// <summary>The error of an object that could not be read, which fails the task that wrote it; or null.</summary>
    public ErrorRecord? ReadFault { get; set; }

    /// <summary>Why it was killed, when the pool killed it for the task in its hand.</summary>
    public ProcessTaskState? KilledFor { get; set; }

    /// <summary>When it is killed unless the task that was told to stop has ended, in ticks of the clock; 0 for never.</summary>
    public long KillAt { get; set; }

    /// <summary>How many tasks it was sent, less those that came back.</summary>
    public long TasksSent { get; set; }

    /// <summary>How many tasks ended in it.</summary>
    public long TasksDone { get; set; }

    /// <summary>When its process was started.</summary>
    public DateTime Started { get; } = DateTime.Now;

    /// <summary>The same in ticks of the clock.</summary>
    public long StartedTicks { get; } = Stopwatch.GetTimestamp();

    /// <summary>How long it took to come up, in ticks of the clock.</summary>
    public long StartingTicks { get; set; }

    /// <summary>How long it worked, by the ends of its tasks.</summary>
    public long WorkingTicks { get; set; }

    /// <summary>How long it serialized, by its own account.</summary>
    public long SerializingTicks { get; private set; }

    /// <summary>The expected time of the tasks that it has, in ticks of the clock.</summary>
    public double ExpectedTicks { get; set; }

    /// <summary>Its process's id.</summary>
    public int ProcessId => Link.Process.Id;

    /// <summary>True when bytes have come. From any thread that keeps the lane from being disposed.</summary>
    public bool HasResults => Lane.Results.HasBytes();

    /// <summary>True when something waits to go out.</summary>
    public bool HasOutgoing => _outgoing.WrittenCount > _sent;

    /// <summary>True when new tasks may be sent: not while it works on what was left to it when others were taken back.</summary>
    public bool CanTakeTasks => !HasOutgoing && !(InFlight.Count > 0 && _hasRevoked && _next == _revokedTo);

    /// <summary>True when the worker has begun the first task that it has.</summary>
    public bool IsRunning => InFlight.Count > 0 && TaskLane.IsBefore(InFlight[0].Number, Lane.Begun);

    /// <summary>How many of its tasks it has not begun.</summary>
    public int Unbegun => InFlight.Count - (IsRunning ? 1 : 0);

    /// <summary>Sends a frame that has a body.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="write">Writes the body.</param>
    public void SendMessage(PoolMessageKind kind, Action<PooledBufferWriter> write)
    {
        int begin = BeginFrame(kind);
        try
        {
            Passage.Gather(() => write(_outgoing))?.Board(Link.Carrier);
        }
        catch
        {
            // Nothing of it is out yet.
            _outgoing.Truncate(begin);
            throw;
        }

        EndFrame(begin);
    }

    /// <summary>Sends a frame that is a number.</summary>
    public void SendNumber(PoolMessageKind kind, int number) => SendMessage(kind, buffer =>
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), number);
        buffer.Advance(sizeof(int));
    });

    /// <summary>Sends the first tasks of a call that wait.</summary>
    /// <param name="call">The call.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="mostBytes">How many bytes at most, unless it is one task.</param>
    /// <returns>Those that cannot be sent because a handle in them is of something that is gone.</returns>
    public IReadOnlyList<(PoolTask Task, ErrorRecord Error)> SendTasks(PoolCall call, int count, int mostBytes)
    {
        bool isNew = !Involves(call);
        List<(PoolTask, ErrorRecord)>? unsendable = null;

        int begin = BeginFrame(PoolMessageKind.Tasks);
        Span<byte> header = _outgoing.GetSpan(TasksHeader - LengthSize - 1);
        BinaryPrimitives.WriteInt32LittleEndian(header, call.Id);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], _next);
        PoolArguments arguments = call.Pending[0].Arguments;
        bool isAlone = call.Pending[0].IsAlone;

        // With a time limit each is begun by itself too, because the limit is each one's own.
        header[10] = (byte)((byte)arguments | (isAlone || call.TaskTimeout is not null ? Hosting.PoolHost.Alone : 0));
        _outgoing.Advance(TasksHeader - LengthSize - 1);
        int sent = 0;
        int bytes = 0;
        while (sent < count && call.Pending.Count > 0)
        {
            ref PoolTask first = ref call.Pending[0];
            if (first.Arguments != arguments || first.IsAlone != isAlone || (sent > 0 && bytes + first.Length > mostBytes))
            {
                break;
            }

            PoolTask task = call.Pending.RemoveFirst();
            if (task.Handles is not null && !TryBoard(task, ref unsendable))
            {
                continue;
            }

            task.Number = _next++;
            task.Attempts++;
            Write(task.Bytes.AsSpan(task.Offset, task.Length));
            InFlight.AddLast(task);
            bytes += task.Length;
            sent++;
        }

        if (sent == 0)
        {
            _outgoing.Truncate(begin);
            return unsendable ?? [];
        }

        call.Engaged += isNew ? 1 : 0;
        _outgoing.PatchInt16(begin + LengthSize + 1 + 8, (ushort)sent);
        EndFrame(begin, _next);
        call.InFlight += sent;
        TasksSent += sent;
        ExpectedTicks += sent * call.MeanTicks;
        return unsendable ?? [];
    }

    /// <summary>Takes back tasks that it has not begun, the last ones.</summary>
    /// <param name="count">How many are wanted.</param>
    /// <param name="take">Gets each, the last first.</param>
    public void TakeBack(int count, Action<PoolTask> take)
    {
        // A range that the worker has not passed can only be made longer at its front; where tasks follow it, it must be passed before there can be another.
        bool continues = _hasRevoked && _next == _revokedTo;
        if (count <= 0 || InFlight.Count == 0 || (_hasRevoked && !continues && !TaskLane.IsBefore(_revokedTo, Lane.Begun)))
        {
            return;
        }

        uint wanted = InFlight[Math.Max(0, InFlight.Count - count)].Number;
        uint first = Lane.Revoke(wanted);
        bool any = false;
        while (InFlight.Count > 0 && !TaskLane.IsBefore(InFlight[InFlight.Count - 1].Number, first))
        {
            any = true;
            PoolTask task = InFlight.RemoveLast();
            task.Attempts--;
            TasksSent--;
            Forget(task.Call);
            take(task);
        }

        if (any)
        {
            _hasRevoked = true;
            _revokedTo = _next;
            Lane.MarkRevoked(first, _revokedTo);
        }
    }

    /// <summary>Takes the first task that it has: it has ended.</summary>
    public PoolTask TakeEnded()
    {
        if (_hasRevoked && TaskLane.IsBefore(_revokedTo, Lane.Begun))
        {
            // Passed; when the numbers come round, the range must not be there any more.
            _hasRevoked = false;
            Lane.MarkRevoked(0, 0);
        }

        PoolTask task = InFlight.RemoveFirst();
        KillAt = 0;
        Forget(task.Call);
        return task;
    }

    /// <summary>Takes the last task that it has: its process is gone.</summary>
    public PoolTask TakeLast()
    {
        PoolTask task = InFlight.RemoveLast();
        task.Attempts--;
        Forget(task.Call);
        return task;
    }

    /// <summary>Tells it to stop the task that it runs.</summary>
    public void StopTask(uint number)
    {
        using PooledBufferWriter buffer = new();
        buffer.GetSpan(1)[0] = (byte)WorkerMessageKind.StopTask;
        buffer.Advance(1);
        PayloadWriter writer = new(MessageCodec.Serializer, buffer);
        writer.WriteInt64(number);
        writer.Flush();
        try
        {
            Link.Connection.Send(buffer.WrittenSpan);
        }
        catch (Exception exception) when (exception is ProcessToolsException or ObjectDisposedException)
        {
            // It is gone, and the watcher says so.
        }
    }

    /// <summary>Sends what there is room for.</summary>
    public void Flush()
    {
        if (!HasOutgoing)
        {
            return;
        }

        _sent += Lane.Tasks.Write(_outgoing.WrittenSpan[_sent..]);
        Lane.Tasks.Publish();
        if (!HasOutgoing)
        {
            _outgoing.Clear();
            _sent = 0;
        }
    }

    /// <summary>Finds the next frame that has come whole.</summary>
    /// <param name="frame">Its kind and body; valid until the next call.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="InvalidDataFrameException">What came is no frame.</exception>
    public bool TryReceive(out ReadOnlyMemory<byte> frame)
    {
        while (true)
        {
            int available = _end - _start;
            if (available >= LengthSize)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(_incoming.AsSpan(_start));
                if (length <= 0 || length > MessageCodec.Serializer.Limits.MaxBytes)
                {
                    throw new InvalidDataFrameException($"A worker of the pool announced a frame of {(uint)length} bytes.");
                }

                if (available >= LengthSize + length)
                {
                    frame = _incoming.AsMemory(_start + LengthSize, length);
                    _start += LengthSize + length;
                    return true;
                }

                Reserve(LengthSize + length);
            }
            else
            {
                Reserve(LeastBuffer);
            }

            int count = Lane.Results.Read(_incoming.AsSpan(_end));
            if (count == 0)
            {
                frame = default;
                return false;
            }

            _end += count;
            Lane.Results.Release();
        }
    }

    /// <summary>Takes the worker's account of how long it serialized.</summary>
    public void AddInsight(ReadOnlySpan<byte> ticks) => SerializingTicks += BinaryPrimitives.ReadInt64LittleEndian(ticks);

    /// <summary>Kills it, where it has not ended, and frees what it held.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Link.Dispose();
            Lane.Dispose();
            _outgoing.Dispose();
        }
    }

    /// <summary>Whether it has tasks of a call.</summary>
    public bool Involves(PoolCall call)
    {
        for (int i = 0; i < InFlight.Count; i++)
        {
            if (ReferenceEquals(InFlight[i].Call, call))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryBoard(in PoolTask task, ref List<(PoolTask, ErrorRecord)>? unsendable)
    {
        try
        {
            task.Handles!.Board(Link.Carrier);
            return true;
        }
        catch (Exception exception) when (exception is ProcessToolsException or ObjectDisposedException)
        {
            (unsendable ??= []).Add((task, (exception as ProcessToolsException)?.ErrorRecord ?? new ErrorRecord(exception, "ChannelGone", ErrorCategory.ResourceUnavailable, task.Input)));
            return false;
        }
    }

    private void Forget(PoolCall call)
    {
        call.InFlight--;
        ExpectedTicks = InFlight.Count == 0 ? 0 : Math.Max(0, ExpectedTicks - call.MeanTicks);
        if (InFlight.Count == 0 || !Involves(call))
        {
            call.Engaged--;
        }
    }

    private int BeginFrame(PoolMessageKind kind)
    {
        int begin = _outgoing.WrittenCount;
        Span<byte> header = _outgoing.GetSpan(LengthSize + 1);
        header[LengthSize] = (byte)kind;
        _outgoing.Advance(LengthSize + 1);
        return begin;
    }

    private void EndFrame(int begin, uint? limit = null)
    {
        _outgoing.Patch(begin, _outgoing.WrittenCount - begin - LengthSize);
        if (limit is { } number)
        {
            // Before the frame can be read (see TaskLane).
            Lane.Allow(number);
        }

        Flush();
    }

    private void Write(ReadOnlySpan<byte> input)
    {
        Span<byte> length = _outgoing.GetSpan(LengthSize);
        BinaryPrimitives.WriteInt32LittleEndian(length, input.Length);
        _outgoing.Advance(LengthSize);
        input.CopyTo(_outgoing.GetSpan(input.Length));
        _outgoing.Advance(input.Length);
    }

    private void Reserve(int size)
    {
        int available = _end - _start;
        if (_start > 0)
        {
            _incoming.AsSpan(_start, available).CopyTo(_incoming);
            _start = 0;
            _end = available;
        }

        if (_incoming.Length < size || (_incoming.Length > MostKept && size < LeastBuffer && available < LeastBuffer))
        {
            byte[] other = new byte[Math.Max(size, LeastBuffer)];
            _incoming.AsSpan(0, available).CopyTo(other);
            _incoming = other;
        }
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools;

/// <summary>How the pool takes what its workers send, and ends tasks.</summary>
internal sealed partial class WorkerPool
{
    // A block of tasks begins with their number, the times and whether the worker wants to leave.
    private const int BlockHeader = 22;

    private void Drain(PoolWorker worker, long now, bool evenIfCongested)
    {
        if (worker.IsAbandoned)
        {
            return;
        }

        worker.Flush();
        try
        {
            while ((evenIfCongested || worker.InFlight.Count == 0 || !worker.InFlight[0].Call.IsCongested(worker.InFlight[0])) && worker.TryReceive(out ReadOnlyMemory<byte> frame))
            {
                Handle(worker, frame, now);
            }
        }
        catch (InvalidDataFrameException)
        {
            // It writes what no worker of ours writes; what it has in its hand is lost with it.
            worker.Link.Process.KillTree();
        }
    }

    private void Handle(PoolWorker worker, ReadOnlyMemory<byte> frame, long now)
    {
        PoolMessageKind kind = (PoolMessageKind)frame.Span[0];
        ReadOnlyMemory<byte> body = frame[1..];
        switch (kind)
        {
            case PoolMessageKind.Output:
                if (worker.InFlight.Count > 0)
                {
                    object? value = Read(worker, body);
                    ref PoolTask writer = ref worker.InFlight[0];
                    if (!writer.Call.IsCancelled)
                    {
                        writer.Call.OnOutput(writer, value, frame.Length);
                    }
                }

                break;

            case >= PoolMessageKind.Error and <= PoolMessageKind.Progress:
                object? record = Unwrapped.OfAllButCustom(Read(worker, body));
                if (worker.InFlight.Count == 0)
                {
                    AddStray(kind, record);
                }
                else if (!worker.InFlight[0].Call.IsCancelled)
                {
                    worker.InFlight[0].Call.OnRecord(worker.InFlight[0], kind, record, worker.ProcessId);
                }

                break;

            case PoolMessageKind.Done or PoolMessageKind.Failed or PoolMessageKind.Stopped:
                HandleEnd(worker, kind, body);
                break;

            case PoolMessageKind.Block:
                HandleBlock(worker, body);
                break;

            case PoolMessageKind.Ready:
                // Both sides hold it: its name is needed no more and cannot be left behind.
                worker.Lane.Unlink();
                worker.IsReady = true;
                worker.StartingTicks = now - worker.StartedTicks;
                _bootFailures = 0;
                break;

            case PoolMessageKind.Unable:
                worker.IsReady = true;
                worker.IsLeaving = true;
                worker.WasTold = true;
                worker.KillAt = now + s_leaveGrace;
                Break((ErrorRecord)Unwrapped.Of(Read(worker, body))!);
                break;

            case PoolMessageKind.Insight:
                worker.AddInsight(body.Span);
                break;

            default:
                throw new InvalidDataFrameException($"A worker of {this} sent a message of kind {(byte)kind}, which this session does not know.");
        }
    }

    private static object? Read(PoolWorker worker, ReadOnlyMemory<byte> body)
    {
        try
        {
            return MessageCodec.Serializer.Deserialize(body);
        }
        catch (ChannelGoneException exception)
        {
            // A handle of something that is gone meanwhile: that object fails its task.
            worker.ReadFault ??= exception.ErrorRecord;
            return null;
        }
    }

    /// <summary>Takes the ends of several tasks, with what they wrote.</summary>
    private void HandleBlock(PoolWorker worker, ReadOnlyMemory<byte> body)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(body.Span);
        long started = BinaryPrimitives.ReadInt64LittleEndian(body.Span[4..]);
        long ticks = BinaryPrimitives.ReadInt64LittleEndian(body.Span[12..]);
        bool wantsToLeave = body.Span[20] != 0;
        if (count <= 0 || count > worker.InFlight.Count)
        {
            throw new InvalidDataFrameException($"A worker of {this} ended tasks that it was not given.");
        }

        PoolCall call = worker.InFlight[0].Call;
        TimeSpan duration = Stopwatch.GetElapsedTime(0, ticks / count);
        call.Chunks.Observe(Stopwatch.GetElapsedTime(0, ticks), count);
        worker.WorkingTicks += ticks;
        worker.TasksDone += count;
        int position = BlockHeader;
        for (int i = 0; i < count; i++)
        {
            int outputs = BinaryPrimitives.ReadInt32LittleEndian(body.Span[position..]);
            position += sizeof(int);
            for (; outputs > 0; outputs--)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(body.Span[position..]);
                object? value = Read(worker, body.Slice(position + sizeof(int), length));
                position += sizeof(int) + length;
                ref PoolTask writer = ref worker.InFlight[0];
                if (!call.IsCancelled)
                {
                    call.OnOutput(writer, value, length);
                }
            }

            PoolTask task = worker.TakeEnded();
            End(task, new TaskEnd { State = ProcessTaskState.Completed, Started = started, Duration = duration, Worker = worker.ProcessId, Attempts = task.Attempts });
        }

        worker.KilledFor = null;
        RecycleIfDue(worker, wantsToLeave);
    }

    private void RecycleIfDue(PoolWorker worker, bool wantsToLeave)
    {
        if (!worker.IsLeaving && (wantsToLeave || worker.TasksDone >= (_options.MaxTasksPerWorker ?? long.MaxValue)))
        {
            worker.IsLeaving = true;
            _counters.WorkersRecycled++;
            TakeBackUnbegun(worker);
        }
    }

    private void HandleEnd(PoolWorker worker, PoolMessageKind kind, ReadOnlyMemory<byte> body)
    {
        if (worker.InFlight.Count == 0)
        {
            throw new InvalidDataFrameException($"A worker of {this} ended a task that it was not given.");
        }

        long started = BinaryPrimitives.ReadInt64LittleEndian(body.Span);
        long ticks = BinaryPrimitives.ReadInt64LittleEndian(body.Span[8..]);
        bool wantsToLeave = body.Span[16] != 0;
        ErrorRecord? error = kind == PoolMessageKind.Failed ? (ErrorRecord?)Unwrapped.Of(Read(worker, body[17..])) : null;
        error ??= worker.ReadFault;
        worker.ReadFault = null;
        ProcessTaskState state = error is null ? ProcessTaskState.Completed : ProcessTaskState.Failed;
        PoolTask task = worker.TakeEnded();
        if (error is not null && kind == PoolMessageKind.Failed && (task.MustStop || worker.KilledFor == ProcessTaskState.Cancelled))
        {
            // It failed on its way to the stop that it was told to; nobody wants it tried again.
            kind = PoolMessageKind.Stopped;
            worker.KilledFor = ProcessTaskState.Cancelled;
        }

        worker.TasksDone++;
        worker.WorkingTicks += ticks;
        if (kind == PoolMessageKind.Stopped)
        {
            state = worker.KilledFor ?? ProcessTaskState.Cancelled;
            error = state == ProcessTaskState.TimedOut
                ? new TaskTimeoutException(task.Call.TaskTimeout ?? TimeSpan.Zero, worker.ProcessId, task.Input).ErrorRecord
                : new TaskCancelledException(task.Input).ErrorRecord;
        }

        if (state == ProcessTaskState.TimedOut)
        {
            // It is replaced in any case: what an interrupted task left behind is nobody's business to find.
            worker.IsLeaving = true;
            _counters.WorkersRecycled++;
        }
        else
        {
            RecycleIfDue(worker, wantsToLeave);
        }

        worker.KilledFor = null;
        TimeSpan duration = Stopwatch.GetElapsedTime(0, ticks);
        task.Call.Chunks.Observe(duration, 1);
        End(task, new TaskEnd { State = state, Error = error, Started = started, Duration = duration, Worker = worker.ProcessId, Attempts = task.Attempts });
    }

    /// <summary>A task's attempt ended.</summary>
    private void End(PoolTask task, in TaskEnd end)
    {
        if (task.Call.RetryAfter(task, end) is { } delay && _state is PoolState.Open or PoolState.Closed)
        {
            _counters.Retried++;
            task.IsStopping = false;
            task.Call.OnRestart(task);
            // The handles have arrived in the worker that failed; new ones go with the next attempt.
            if (task.Handles is not null && Serialize(ref task) is { } fault)
            {
                EndUnbegun(task, ProcessTaskState.Failed, fault);
                return;
            }

            task.Call.Delayed.Add((Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency), task));
            return;
        }

        _counters.Count(task, end);
        task.Call.OnEnded(task, end);
        if (task.Call.IsInputComplete && task.Call.IsIdle)
        {
            Delist(task.Call);
        }
    }

    /// <summary>Ends a task that no worker has.</summary>
    private void EndUnbegun(PoolTask task, ProcessTaskState state, ErrorRecord error)
    {
        task.Handles?.Cancel();
        TaskEnd end = new() { State = state, Error = error, Attempts = task.Attempts };
        _counters.Count(task, end);
        task.Call.OnEnded(task, end);
    }
}

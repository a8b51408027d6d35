using System.Buffers;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Workers;

/// <summary>A worker that runs a script block in a fresh copy of the caller's program.</summary>
internal sealed class ScriptWorkerProcess : ChildWorkerProcess
{
    private readonly PooledBufferWriter _start = new();

    // The handles among what is sent, or null.
    private readonly Passage? _handles;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkerLink _link;
    private bool _isStandby;
    private bool _hasStarted;

    private ScriptWorkerProcess(WorkerStart start, string command, WorkerLimits limits)
        : base(command, start.Name, limits)
    {
        // Before any process starts: what cannot be sent is refused here.
        _handles = Passage.Gather(() => WriteStart(start));
        WorkerLink? link = null;
        try
        {
            WorkerLink? standby = StandbyWorkers.Take();
            _isStandby = standby is not null;
            _link = link = standby ?? WorkerLink.Boot(isStandby: false);

            // Whatever becomes of the worker's process from here on becomes of the handles.
            _handles?.Board(_link.Carrier);
            Attach(_link.Process);
        }
        catch
        {
            _handles?.Cancel();
            link?.Dispose();
            throw;
        }
    }

    /// <summary>Starts a worker.</summary>
    /// <param name="start">What it runs; an empty name is replaced by one made from the job's id.</param>
    /// <param name="command">The script as text for people.</param>
    /// <param name="limits">Its limits.</param>
    /// <exception cref="NotSerializableException">An argument cannot be sent; nothing was started.</exception>
    /// <exception cref="WorkerStartException">The process could not be started.</exception>
    public static ScriptWorkerProcess Start(WorkerStart start, string command, WorkerLimits limits)
    {
        ScriptWorkerProcess worker = new(start, command, limits);
        new Thread(worker.Run) { IsBackground = true, Name = $"ProcessTools worker {worker.Name}" }.Start();
        return worker;
    }

    /// <inheritdoc/>
    public override void SendInput(object? value, CancellationToken cancellation)
    {
        using PooledBufferWriter buffer = new();
        buffer.GetSpan(1)[0] = (byte)WorkerMessageKind.Input;
        buffer.Advance(1);
        Passage? handles = Passage.Gather(() => MessageCodec.Serializer.Serialize(buffer, value));
        SendWhenStarted(buffer.WrittenSpan, handles, cancellation);
    }

    /// <inheritdoc/>
    public override void CompleteInput(CancellationToken cancellation) => SendWhenStarted([(byte)WorkerMessageKind.InputEnd], null, cancellation);

    /// <inheritdoc/>
    private protected override void AskToStop() => ThreadPool.QueueUserWorkItem(
        static worker =>
        {
            try
            {
                worker._link.Send(WorkerMessageKind.Stop, worker._ended.Token);
            }
            catch (Exception exception) when (exception is ProcessToolsException or OperationCanceledException or ObjectDisposedException)
            {
                // It has ended meanwhile, or the kill that follows the grace time ends it.
            }
        },
        this,
        preferLocal: false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _ended.Cancel();
        }
    }

    private void WriteStart(WorkerStart start)
    {
        _start.GetSpan(1)[0] = (byte)WorkerMessageKind.Start;
        _start.Advance(1);
        PayloadWriter writer = new(MessageCodec.Serializer, _start);
        start.Write(ref writer, Name);
        writer.Flush();
    }

    private void SendWhenStarted(ReadOnlySpan<byte> frame, Passage? handles, CancellationToken cancellation)
    {
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
            handles?.Board(_link.Carrier);
            _started.Task.Wait(either.Token);
            handles?.Board(_link.Carrier);
            _link.Connection.Send(frame, either.Token);
        }
        catch (Exception exception) when (exception is ConnectionLostException or ConnectionClosedException or ObjectDisposedException)
        {
            // The worker has ended without taking all its input, as any program may.
        }
        catch (OperationCanceledException)
        {
            if (cancellation.IsCancellationRequested)
            {
                handles?.Cancel();
                throw;
            }

            // The worker has ended likewise.
        }
    }

    /// <summary>The worker's own thread in the session: from the start to the end.</summary>
    private void Run()
    {
        try
        {
            Begin();
            while (!ReceiveUntilExit())
            {
                if (!_isStandby || _hasStarted || IsStopRequested)
                {
                    throw _link.DescribeDeath(Name, _hasStarted ? "while it ran" : "before its script began");
                }

                // A standby worker that died before anything of the script ran, perhaps long ago: nobody need know.
                _link.Dispose();
                _isStandby = false;
                _link = WorkerLink.Boot(isStandby: false);
                _handles?.Board(_link.Carrier);
                Attach(_link.Process);
                Begin();
            }
        }
        catch (ProcessToolsException exception)
        {
            _link.Dispose();
            int? exitCode = _link.Process.Exit.Wait(TimeSpan.FromSeconds(1)) ? _link.Process.Exit.Result : null;
            Finish(exitCode, exception.ErrorRecord);
        }
        catch (Exception exception)
        {
            // Last catch of this thread: an unexpected error ends this worker, never the session.
            _link.Dispose();
            Finish(null, new ErrorRecord(exception, "WorkerFailed", ErrorCategory.InvalidResult, Name));
        }
        finally
        {
            _ended.Cancel();
            _started.TrySetResult();
            _start.Dispose();
        }
    }

    private void Begin()
    {
        if (!_isStandby)
        {
            _link.AwaitGreeting(Name);
        }

        _link.Console.SendTo(TakeConsoleLine);
        try
        {
            _link.Connection.Send(_start.WrittenSpan, _ended.Token);
        }
        catch (ConnectionLostException)
        {
            // The end of file that follows says it again.
        }

        StandbyWorkers.Replenish();
    }

    /// <summary>Receives until the worker's last message or the end of file.</summary>
    /// <returns>True after the last message; false when the process died without one.</returns>
    private bool ReceiveUntilExit()
    {
        while (_link.Connection.Receive() is { } frame)
        {
            using (frame)
            {
                if (Handle(frame.Payload))
                {
                    _link.Release();
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Handles one message.</summary>
    /// <returns>True after the last one.</returns>
    private bool Handle(ReadOnlySequence<byte> frame)
    {
        WorkerMessageKind kind = (WorkerMessageKind)frame.FirstSpan[0];
        PayloadReader reader = new(MessageCodec.Serializer, frame.Slice(1));
        switch (kind)
        {
            case WorkerMessageKind.Started:
                _hasStarted = true;
                _started.TrySetResult();
                SetJobState(JobState.Running);
                return false;

            case WorkerMessageKind.Output:
                Output.Add(reader.ReadObject() is { } value ? PSObject.AsPSObject(value) : null!);
                return false;

            case WorkerMessageKind.Error:
                Add(Error, reader.ReadObject());
                return false;

            case WorkerMessageKind.Warning:
                Add(Warning, reader.ReadObject());
                return false;

            case WorkerMessageKind.Verbose:
                Add(Verbose, reader.ReadObject());
                return false;

            case WorkerMessageKind.Debug:
                Add(Debug, reader.ReadObject());
                return false;

            case WorkerMessageKind.Information:
                Add(Information, reader.ReadObject());
                return false;

            case WorkerMessageKind.Progress:
                Add(Progress, reader.ReadObject());
                return false;

            case WorkerMessageKind.Exit:
                WorkerOutcome outcome = (WorkerOutcome)reader.ReadInt32();
                int exitCode = reader.ReadInt32();
                ErrorRecord? failure = Unwrapped.Of(reader.ReadObject()) as ErrorRecord;

                // What the script wrote past PowerShell is in the pipe by now; it belongs before the end.
                _link.Process.FlushOutput(TimeSpan.FromSeconds(10));
                Finish(exitCode, failure, stopped: outcome == WorkerOutcome.Stopped);
                return true;

            default:
                throw new InvalidDataFrameException($"Worker '{Name}' sent a message of kind {(byte)kind}, which this session does not know.");
        }
    }

    private static void Add<T>(PSDataCollection<T> stream, object? record)
    {
        if (Unwrapped.Of(record) is T typed)
        {
            stream.Add(typed);
        }
    }

    private void TakeConsoleLine(ChildOutputKind kind, string line)
    {
        InformationRecord record = new(new HostInformationMessage { Message = line }, Name);
        record.Tags.Add("PSHOST");
        record.Tags.Add(kind == ChildOutputKind.StandardOutput ? "stdout" : "stderr");
        try
        {
            Information.Add(record);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or PSInvalidOperationException)
        {
            // The job was removed meanwhile.
        }
    }
}

using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>One <c>Invoke-ProcessPool</c>, from its items to what they write: retries, log, callbacks, records and the policy for failures on top of a <see cref="PoolStream"/>. For one thread at a time.</summary>
internal sealed class PoolRun : IDisposable
{
    private const int ExitOfFailure = 1;
    private const int ExitOfTimeout = -1;

    private static readonly Action<ErrorRecord, object?>? s_setTarget = Serialization.PowerShellInternals.MakeSetter<ErrorRecord, object?>(Runtime.HiddenMembers.ErrorTarget);

    private readonly PoolRunRequest _request;
    private readonly WorkerPool _pool;
    private readonly bool _ownsPool;
    private readonly PoolStream _stream;
    private readonly PoolJobLog? _log;
    private readonly HaltPolicy? _halt;
    private readonly List<ItemEvent> _events = [];
    private readonly bool _collects;
    private List<object?> _outputs = [];
    private List<ErrorRecord> _errors = [];
    private long _sequence;

    private PoolRun(PoolRunRequest request, WorkerPool pool, bool ownsPool, PoolStream stream, PoolJobLog? log)
    {
        _request = request;
        _pool = pool;
        _ownsPool = ownsPool;
        _stream = stream;
        _log = log;
        _halt = request.Halt is null ? null : HaltPolicy.Parse(request.Halt);
        _collects = request.AsRecord || request.Callback is not null;
    }

    /// <summary>The pool that it works with.</summary>
    public WorkerPool Pool => _pool;

    /// <summary>How many items have ended.</summary>
    public long Finished => _stream.Ended;

    /// <summary>How many of them did not end with a result.</summary>
    public long Failed => _stream.Failures;

    /// <summary>How many items were added.</summary>
    public long Added => _stream.Added;

    /// <summary>How many items workers have.</summary>
    public int Running => Math.Min(_stream.InFlight, _pool.Size);

    /// <summary>True when another item may be added.</summary>
    public bool HasRoom => _stream.HasRoom;

    /// <summary>True when everything has ended and was written.</summary>
    public bool IsFinished => _stream.IsFinished && _events.Count == 0;

    /// <summary>Checks everything, and begins.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="session">The caller's session.</param>
    /// <exception cref="ProcessToolsException">Something is wrong with the request; nothing was started.</exception>
    public static PoolRun Begin(PoolRunRequest request, SessionState session)
    {
        if (request.Halt is not null)
        {
            HaltPolicy.Parse(request.Halt);
        }

        PoolNesting.Check();
        ScriptCapture capture = ScriptCapture.Of(session, request.Script, request.Initialization, request.NoImport, request.Functions, request.Modules);
        bool isOwn = request.Pool is null && request.MaxTasksPerWorker is not null;
        PoolJobLog? log = request.JobLog is null ? null : PoolJobLog.Open(request.JobLog, request.Resume);
        WorkerPool? own = null;
        try
        {
            WorkerPool pool = request.Pool as WorkerPool ?? (isOwn ? own = MakeOwn(request, session) : PoolRequest.Default(session));
            bool isSessions = request.Pool is null;
            PoolStream stream = PoolStream.Begin(pool, request.Script, new PoolStreamOptions
            {
                IsOrdered = request.IsOrdered,
                IsWhole = request.AsRecord || request.Callback is not null,
                TellsEnds = request.AsRecord || request.Callback is not null || log is not null || request.Halt is not null,
                ChunkSize = request.ChunkSize,
                Throttle = request.Throttle,
                How = request.Splat ? PoolArguments.Splat : PoolArguments.Item,
                Arguments = request.Arguments,
                TaskTimeout = request.TaskTimeout,
                Retry = request.RetryCount is { } retries and > 0 ? new RetryPolicy(retries, request.RetryDelay) : null,
                Initialization = request.Initialization,
                Location = isSessions ? session.Path.CurrentFileSystemLocation.ProviderPath : null,
                Environment = isSessions ? WorkerLink.CurrentEnvironment() : null,
                Variables = Variables(request, session),
                Capture = capture,
            });
            return new PoolRun(request, pool, isOwn, stream, log);
        }
        catch
        {
            log?.Dispose();
            own?.Terminate();
            throw;
        }
    }

    /// <summary>Adds an item.</summary>
    /// <returns>True when it is time for <see cref="Write(IPoolRunOutput)"/>.</returns>
    /// <exception cref="JobLogMismatchException">The log has another input at its place.</exception>
    public bool Add(object? item)
    {
        _sequence++;
        if (_log is not null && _log.IsDone(_sequence, item))
        {
            _stream.Skip();
            return (_sequence & 1023) == 0;
        }

        return _stream.Add(item);
    }

    /// <summary>There are no more items.</summary>
    public void Complete() => _stream.Complete();

    /// <summary>Waits until there is something to write, or room, or all is finished.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Wait(TimeSpan most, CancellationToken cancellation) => _stream.Wait(most, cancellation);

    /// <summary>Writes what has come.</summary>
    /// <exception cref="PoolHaltedException">So many items have failed that the run is over.</exception>
    /// <exception cref="PoolInitializationException">The pool's workers cannot start.</exception>
    /// <exception cref="PoolTerminatedException">The pool was terminated.</exception>
    public void Write(IPoolRunOutput output)
    {
        foreach ((_, object? record) in _pool.TakeStray())
        {
            if (record is not null)
            {
                output.WriteRecord(record);
            }
        }

        _stream.Take(_events);
        WriteEvents(output);

        if (_log is not null && _stream.IsFinished)
        {
            // Here and not at the end, where an error could not be told any more.
            _log.Flush();
        }

        // Not only by what was written: with results in order, failures may have to wait behind a slow item.
        if (_halt is not null && _halt.ShouldHalt(_stream.Failures, _stream.Ended))
        {
            throw new PoolHaltedException(_stream.Failures, _stream.Ended, _request.Halt!);
        }
    }

    /// <summary>Stops what has not ended.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _log?.Dispose();
        if (_ownsPool)
        {
            if (_stream.IsFinished)
            {
                _pool.Close();
            }
            else
            {
                _pool.Terminate();
            }
        }
    }

    private void WriteEvents(IPoolRunOutput output)
    {
        try
        {
            // Not a copy: nothing is added while it is written, because only this thread takes.
            for (int i = 0; i < _events.Count; i++)
            {
                ItemEvent item = _events[i];
                if (item.Kind == PoolMessageKind.Output && !_collects)
                {
                    output.WriteOutput(item.Value);
                }
                else
                {
                    Write(output, item);
                }
            }
        }
        finally
        {
            _events.Clear();
        }
    }

    private static WorkerPool MakeOwn(PoolRunRequest request, SessionState session) => new PoolRequest
    {
        Size = request.Throttle ?? PoolNesting.DefaultSize,
        MaxTasksPerWorker = request.MaxTasksPerWorker,
        StartsAtOnce = false,
    }.Make(session);

    private static Dictionary<string, object?> Variables(PoolRunRequest request, SessionState session)
    {
        Dictionary<string, object?> variables = new(request.Preferences, StringComparer.OrdinalIgnoreCase);
        foreach (string name in request.Variables)
        {
            variables[name] = WorkerRequest.ReadVariable(session, name);
        }

        return variables;
    }

    private void Write(IPoolRunOutput output, in ItemEvent item)
    {
        switch (item.Kind)
        {
            case PoolMessageKind.Output:
                _outputs.Add(item.Value);
                break;

            case PoolMessageKind.Error when item.Value is ErrorRecord error:
                Mark(error, item);
                if (_request.AsRecord)
                {
                    _errors.Add(error);
                }
                else
                {
                    output.WriteRecord(error);
                }

                break;

            case PoolMessageKind.Done:
                WriteEnd(output, item, (TaskEnd)item.Value!);
                break;

            default:
                if (item.Value is not null)
                {
                    output.WriteRecord(item.Value);
                }

                break;
        }
    }

    private void WriteEnd(IPoolRunOutput output, in ItemEvent item, in TaskEnd end)
    {
        List<object?> outputs = _outputs;
        List<ErrorRecord> errors = _errors;
        _outputs = _collects ? [] : _outputs;
        _errors = [];
        bool isDone = end.State == ProcessTaskState.Completed;
        if (_log is not null && end.State != ProcessTaskState.Cancelled)
        {
            _log.Add(item.Index + 1, end.Worker, StartOf(end), end.Duration, ExitOf(end), item.Input);
        }

        if (end.Error is { } error)
        {
            Mark(error, item);
            errors.Add(error);
        }

        if (_request.AsRecord)
        {
            output.WriteOutput(new PoolItemRecord
            {
                Index = item.Index,
                Input = item.Input,
                Output = [.. outputs],
                Error = end.Error,
                Errors = [.. errors],
                Status = end.State,
                Seconds = end.Duration.TotalSeconds,
                Started = end.Started == 0 ? null : StartOf(end).ToLocalTime(),
                Worker = end.Worker,
                Attempts = end.Attempts,
            });
        }
        else
        {
            foreach (object? value in outputs)
            {
                output.WriteOutput(value);
            }

            ThrowIfPoolFailed(end);
            if (end.Error is not null)
            {
                output.WriteRecord(end.Error);
            }
        }

        if ((isDone ? _request.Callback : _request.ErrorCallback) is { } callback)
        {
            output.RunCallback(callback, isDone ? ItemList.ToResult(outputs) : end.Error, item.Input);
        }

        if (!_collects)
        {
            outputs.Clear();
        }
    }

    /// <summary>What ends the whole pool ends the run, with one error instead of one for each item.</summary>
    private void ThrowIfPoolFailed(in TaskEnd end)
    {
        if (end.Error?.Exception is PoolInitializationException initialization)
        {
            throw initialization;
        }

        if (end.State == ProcessTaskState.Cancelled && _pool.State == PoolState.Terminated)
        {
            throw new PoolTerminatedException(_pool);
        }
    }

    private static DateTime StartOf(in TaskEnd end) => end.Started == 0 ? DateTime.UtcNow : DateTime.UtcNow - Stopwatch.GetElapsedTime(end.Started);

    private static int ExitOf(in TaskEnd end) => end.State switch
    {
        ProcessTaskState.Completed => 0,
        ProcessTaskState.TimedOut => ExitOfTimeout,
        ProcessTaskState.Crashed => end.ExitCode ?? ExitOfFailure,
        _ => ExitOfFailure,
    };

    /// <summary>Says in an error which item it is from.</summary>
    private static void Mark(ErrorRecord error, in ItemEvent item)
    {
        if (error.TargetObject is null)
        {
            // PowerShell copies the record for a catch, and copies its target but not its properties.
            s_setTarget?.Invoke(error, item.Input);
        }

        PSMemberInfoCollection<PSPropertyInfo> properties = PSObject.AsPSObject(error).Properties;
        Set(properties, "Item", item.Input);
        Set(properties, "ItemIndex", item.Index);
        Set(properties, "WorkerProcessId", item.Worker == 0 ? null : item.Worker);
    }

    private static void Set(PSMemberInfoCollection<PSPropertyInfo> properties, string name, object? value)
    {
        if (properties[name] is { IsSettable: true } existing)
        {
            existing.Value = value;
        }
        else
        {
            properties.Add(new PSNoteProperty(name, value));
        }
    }
}

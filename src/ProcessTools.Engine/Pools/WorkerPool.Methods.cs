using System.Collections;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools;

/// <summary>How the pool takes tasks: the methods that users call, and what the commands call.</summary>
internal sealed partial class WorkerPool
{
    // Inputs share arrays of this size; a larger one has its own.
    private const int BlockSize = 32 * 1024;

    // Script blocks that methods were called with lately.
    private const int MostSubmitCalls = 64;

    [ThreadStatic]
    private static PooledBufferWriter? s_buffer;

    private readonly List<SubmitCall> _submitCalls = [];
    private int _lastCallId;
    private byte[] _block = [];
    private int _blockUsed;

    /// <inheritdoc/>
    public override ProcessFuture Submit(ScriptBlock script, params object?[] arguments) => Submit(script, arguments ?? [null], PoolArguments.List);

    /// <inheritdoc/>
    public override ProcessFuture SubmitNamed(ScriptBlock script, IDictionary parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return Submit(script, new object?[] { Array.Empty<object?>(), parameters }, PoolArguments.ListAndNamed);
    }

    /// <inheritdoc/>
    public override object? Apply(ScriptBlock script, object?[]? arguments = null, IDictionary? parameters = null)
    {
        // Counted as waiting from the start, so that the thread in the background is not woken for it.
        Interlocked.Increment(ref _foreground);
        try
        {
            TaskFuture future = parameters is null
                ? Submit(script, arguments ?? [], PoolArguments.List)
                : Submit(script, new object?[] { arguments ?? [], parameters }, PoolArguments.ListAndNamed);
            return WaitFor(future);
        }
        finally
        {
            EndForeground();
        }
    }

    /// <inheritdoc/>
    public override ProcessFuture ApplyAsync(ScriptBlock script, object?[]? arguments = null, ScriptBlock? callback = null, ScriptBlock? errorCallback = null)
    {
        CallbackPair? callbacks = CallbackPair.For(this, callback, errorCallback);
        try
        {
            TaskFuture future = Submit(script, arguments ?? [], PoolArguments.List);
            callbacks?.Attach(future);
            return future;
        }
        catch
        {
            callbacks?.Forget();
            throw;
        }
    }

    /// <inheritdoc/>
    public override object?[] Map(ScriptBlock script, object? items, int chunkSize = 0) => WaitForMap(BeginMap(script, items, chunkSize, PoolArguments.Item));

    /// <inheritdoc/>
    public override ProcessFuture MapAsync(ScriptBlock script, object? items, ScriptBlock? callback = null, ScriptBlock? errorCallback = null, int chunkSize = 0) =>
        BeginMap(script, items, chunkSize, PoolArguments.Item, callback, errorCallback);

    /// <inheritdoc/>
    public override object?[] StarMap(ScriptBlock script, object? items, int chunkSize = 0) => WaitForMap(BeginMap(script, items, chunkSize, PoolArguments.Splat));

    /// <inheritdoc/>
    public override ProcessFuture StarMapAsync(ScriptBlock script, object? items, ScriptBlock? callback = null, ScriptBlock? errorCallback = null, int chunkSize = 0) =>
        BeginMap(script, items, chunkSize, PoolArguments.Splat, callback, errorCallback);

    /// <inheritdoc/>
    public override IEnumerable<object?> IMap(ScriptBlock script, object? items, int chunkSize = 0) => new LazyMap(this, script, items, CheckChunk(chunkSize), isOrdered: true);

    /// <inheritdoc/>
    public override IEnumerable<object?> IMapUnordered(ScriptBlock script, object? items, int chunkSize = 0) => new LazyMap(this, script, items, CheckChunk(chunkSize), isOrdered: false);

    /// <summary>Cancels the task of a future.</summary>
    /// <returns>False when it had ended.</returns>
    public bool Cancel(TaskFuture future)
    {
        lock (_gate)
        {
            Pump();
            if (future.IsCompleted)
            {
                return false;
            }

            CancelTask(future);
        }

        FlushAfterLock();
        Awaken();
        return true;
    }

    /// <summary>Cancels all tasks of a call.</summary>
    /// <returns>True.</returns>
    public bool CancelCall(PoolCall call)
    {
        lock (_gate)
        {
            CancelLocked(call);
        }

        FlushAfterLock();
        Awaken();
        return true;
    }

    /// <summary>A call is over: all its tasks have ended and no more will come.</summary>
    public void EndCall(PoolCall call)
    {
        lock (_gate)
        {
            call.IsInputComplete = true;
            if (call.IsIdle)
            {
                Delist(call);
            }
        }
    }

    /// <summary>Makes the call of a script block that methods submit.</summary>
    public SubmitCall MakeSubmitCall(PoolScriptEntry script, PoolCallMessage message)
    {
        SubmitCall call = new(this, script, message) { TaskTimeout = _options.TaskTimeout, Retry = DefaultRetry() };
        lock (_gate)
        {
            if (_submitCalls.Count >= MostSubmitCalls && _submitCalls.Find(static one => one.IsIdle) is { } idle)
            {
                Seal(idle);
            }

            _submitCalls.Add(call);
        }

        return call;
    }

    /// <summary>No more tasks will be submitted to a call.</summary>
    public void Seal(SubmitCall call)
    {
        lock (_gate)
        {
            _submitCalls.Remove(call);
            call.IsInputComplete = true;
            if (call.IsIdle)
            {
                Delist(call);
            }
        }
    }

    /// <summary>Has workers give up a script that nobody uses.</summary>
    public void Forget(PoolScriptEntry script)
    {
        lock (_gate)
        {
            foreach (PoolWorker worker in _workers)
            {
                if (worker.Scripts.Remove(script.Message.Id) && !worker.IsDead)
                {
                    worker.SendNumber(PoolMessageKind.EndScript, script.Message.Id);
                }
            }
        }
    }

    /// <summary>The scripts of this pool.</summary>
    public PoolScripts Scripts => _scripts;

    /// <summary>What a task of this pool is tried by that says nothing else.</summary>
    public RetryPolicy? DefaultRetry() => _options.RetryCount > 0 ? new RetryPolicy(_options.RetryCount, RetryPolicy.DefaultDelay) : null;

    /// <summary>What a task of this pool may take that says nothing else.</summary>
    public TimeSpan? DefaultTimeout => _options.TaskTimeout;

    /// <summary>Adds a task to a call, without sending it yet.</summary>
    /// <exception cref="NotSerializableException">Its input cannot travel.</exception>
    /// <exception cref="PoolClosedException">The pool takes no more tasks.</exception>
    public void Add(PoolCall call, PoolTask task)
    {
        // Outside of the lock: getters of the input may run script.
        PooledBufferWriter buffer = s_buffer ?? new PooledBufferWriter();
        s_buffer = null;
        try
        {
            task.Handles = Gather(buffer, task.Input);
            task.Call = call;
            lock (_gate)
            {
                Store(ref task, buffer.WrittenSpan);
                ThrowIfClosed();
                _counters.Submitted++;
                if (_state == PoolState.Broken)
                {
                    EndUnbegun(task, ProcessTaskState.Failed, BrokenError());
                    return;
                }

                if (task.Future is not null)
                {
                    task.Index = call.NextIndex++;
                }

                call.Pending.AddLast(task);
                Enlist(call);
            }
        }
        finally
        {
            buffer.Clear();
            s_buffer = buffer;
        }
    }

    /// <summary>Adds an item to a call whose results come one after another.</summary>
    /// <exception cref="PoolClosedException">The pool takes no more tasks.</exception>
    public void Add(StreamCall call, object? item, PoolArguments arguments)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            PoolTask task = new() { Call = call, Index = call.Added, Input = item, Arguments = arguments, Bytes = [] };
            call.Reserve();
            try
            {
                Add(call, task);
            }
            catch (NotSerializableException exception)
            {
                // It keeps its place, and fails there.
                _counters.Submitted++;
                EndUnbegun(task, ProcessTaskState.Failed, exception.ErrorRecord);
            }
        }
    }

    /// <summary>Passes over an item of a call: it keeps its place and has no result.</summary>
    public void Skip(StreamCall call)
    {
        lock (_gate)
        {
            call.Skip();
        }
    }

    /// <summary>Takes what a call has to hand on.</summary>
    public void Take(StreamCall call, List<ItemEvent> into)
    {
        lock (_gate)
        {
            call.Take(into);
        }
    }

    /// <summary>Whether other calls have tasks that wait for a worker.</summary>
    public bool HasTasksBeside(PoolCall call) => _calls.Exists(other => other.Pending.Count > 0 && !ReferenceEquals(other, call));

    /// <summary>Whether a worker runs an item.</summary>
    public bool IsRunning(PoolCall call, long index)
    {
        foreach (PoolWorker worker in _workers)
        {
            if (worker.InFlight.Count > 0 && worker.InFlight[0].Index == index && ReferenceEquals(worker.InFlight[0].Call, call))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Refuses tasks once the pool was closed.</summary>
    /// <exception cref="PoolClosedException">It was.</exception>
    public void ThrowIfClosed()
    {
        if (_state is PoolState.Closed or PoolState.Terminated)
        {
            throw new ProcessTaskException(new PoolClosedException(this).ErrorRecord);
        }
    }

    /// <summary>Lets the pool begin what was added.</summary>
    public void Kick()
    {
        Work();
        if (Volatile.Read(ref _foreground) == 0 && (_isBackgroundAsleep || _background is null))
        {
            Awaken();
        }
    }

    private static int CheckChunk(int chunkSize) => chunkSize >= 0
        ? chunkSize
        : throw new PoolArgumentException("InvalidArgument", ErrorCategory.InvalidArgument, $"A chunk has at least one item, not {chunkSize}; 0 lets the pool decide.", chunkSize);

    private static Passage? Gather(PooledBufferWriter buffer, object? input)
    {
        Passage? outer = Passage.Begin();
        try
        {
            MessageCodec.Serializer.Serialize(buffer, input);
        }
        catch
        {
            Passage.End(outer)?.Cancel();
            throw;
        }

        return Passage.End(outer);
    }

    /// <summary>Serializes a task's input again, with new handles.</summary>
    /// <returns>The error when that is not possible any more, or null.</returns>
    private static ErrorRecord? Serialize(ref PoolTask task)
    {
        using PooledBufferWriter buffer = new();
        task.Handles = null;
        try
        {
            task.Handles = Gather(buffer, task.Input);
        }
        catch (Exception exception) when (exception is IContainsErrorRecord)
        {
            return ((IContainsErrorRecord)exception).ErrorRecord;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return new ErrorRecord(exception, "NotSerializable", ErrorCategory.InvalidData, task.Input);
        }

        task.Bytes = buffer.WrittenSpan.ToArray();
        task.Offset = 0;
        task.Length = task.Bytes.Length;
        return null;
    }

    private void Store(ref PoolTask task, ReadOnlySpan<byte> input)
    {
        if (_block.Length - _blockUsed < input.Length)
        {
            if (input.Length > BlockSize / 4)
            {
                task.Bytes = input.ToArray();
                task.Offset = 0;
                task.Length = input.Length;
                return;
            }

            _block = new byte[BlockSize];
            _blockUsed = 0;
        }

        input.CopyTo(_block.AsSpan(_blockUsed));
        task.Bytes = _block;
        task.Offset = _blockUsed;
        task.Length = input.Length;
        _blockUsed += input.Length;
    }

    private TaskFuture Submit(ScriptBlock script, object?[] input, PoolArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(script);
        ThrowIfClosed();
        TaskFuture future = new(this);
        try
        {
            SubmitCall call = _scripts.GetSubmit(script);
            Add(call, new PoolTask { Future = future, Input = input, Arguments = arguments, Bytes = [], Call = call });
        }
        catch (ProcessToolsException exception)
        {
            throw new ProcessTaskException(exception.ErrorRecord);
        }

        Kick();
        return future;
    }

    private MapFuture BeginMap(ScriptBlock script, object? items, int chunkSize, PoolArguments arguments, ScriptBlock? callback = null, ScriptBlock? errorCallback = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        CheckChunk(chunkSize);
        ThrowIfClosed();
        object?[] all = ItemList.Read(items);
        CallbackPair? callbacks = CallbackPair.For(this, callback, errorCallback);
        MapCall? call = null;
        try
        {
            Workers.ScriptCapture capture = PoolScripts.Capture(script);
            PoolScriptEntry entry = _scripts.Get(script, null, capture);
            PoolCallMessage message = new() { Id = NextCallId(), ScriptId = entry.Message.Id, UsingValues = capture.UsingValues, StopsAtErrors = true };
            message.Check();
            call = new MapCall(this, entry, message, all.Length)
            {
                TaskTimeout = _options.TaskTimeout,
                Retry = DefaultRetry(),
                Chunks = new ChunkSizer(chunkSize == 0 ? null : chunkSize),
            };
            callbacks?.Attach(call.Future);
            callbacks = null;
            AddAll(call, all, arguments);
            call.EndIfEmpty();
        }
        catch (Exception exception)
        {
            callbacks?.Forget();
            if (call is not null)
            {
                CancelCall(call);
            }

            if (exception is ProcessToolsException own)
            {
                throw new ProcessTaskException(own.ErrorRecord);
            }

            throw;
        }

        return call.Future;
    }

    private void AddAll(MapCall call, object?[] items, PoolArguments arguments)
    {
        // Often enough that workers begin while the rest is still being written.
        const int PumpInterval = 256;
        for (int i = 0; i < items.Length; i++)
        {
            Add(call, new PoolTask { Index = i, Input = items[i], Arguments = arguments, Bytes = [], Call = call });
            if (i % PumpInterval == 0)
            {
                Work();
            }
        }

        lock (_gate)
        {
            call.IsInputComplete = true;
        }

        Kick();
    }

    private static object?[] WaitForMap(MapFuture future) => (object?[])WaitFor(future)!;

    /// <summary>Waits for a future that only this thread has; when the wait is stopped nobody will ever ask for it.</summary>
    private static object? WaitFor(TaskFuture future)
    {
        try
        {
            object? result = future.GetResult(Timeout.InfiniteTimeSpan);
            StreamForwarder.Forward(future);
            return result;
        }
        catch (PipelineStoppedException)
        {
            future.Cancel();
            throw;
        }
    }

    private void CancelTask(TaskFuture future)
    {
        long now = System.Diagnostics.Stopwatch.GetTimestamp();
        foreach (PoolCall call in _calls.ToArray())
        {
            if (call is SubmitCall && TryCancelWaiting(call, future))
            {
                return;
            }
        }

        foreach (PoolWorker worker in _workers)
        {
            for (int i = 0; i < worker.InFlight.Count; i++)
            {
                ref PoolTask task = ref worker.InFlight[i];
                if (!ReferenceEquals(task.Future, future))
                {
                    continue;
                }

                if (i == 0 && worker.IsRunning)
                {
                    if (!task.IsStopping)
                    {
                        Stop(worker, ref task, ProcessTaskState.Cancelled, now);
                    }
                }
                else
                {
                    // With those after it; they come back to the front of the queue. If it begins before it can be had back, it is stopped then.
                    task.MustStop = true;
                    TakeBack(worker, worker.InFlight.Count - i);
                }

                return;
            }
        }

        foreach ((PoolWorker worker, _) in _dying)
        {
            // How its worker died is being found out; then it ends as cancelled, and is not tried again.
            for (int i = 0; i < worker.InFlight.Count; i++)
            {
                worker.InFlight[i].MustStop |= ReferenceEquals(worker.InFlight[i].Future, future);
            }
        }
    }

    private bool TryCancelWaiting(PoolCall call, TaskFuture future)
    {
        for (int i = 0; i < call.Pending.Count; i++)
        {
            if (ReferenceEquals(call.Pending[i].Future, future))
            {
                PoolTask task = call.Pending.RemoveAt(i);
                EndUnbegun(task, ProcessTaskState.Cancelled, new TaskCancelledException(task.Input).ErrorRecord);
                return true;
            }
        }

        int delayed = call.Delayed.FindIndex(one => ReferenceEquals(one.Task.Future, future));
        if (delayed < 0)
        {
            return false;
        }

        PoolTask waiting = call.Delayed[delayed].Task;
        call.Delayed.RemoveAt(delayed);
        EndUnbegun(waiting, ProcessTaskState.Cancelled, new TaskCancelledException(waiting.Input).ErrorRecord);
        return true;
    }

    /// <summary>The pool was closed: calls of methods get no more tasks.</summary>
    private void EndSubmitCalls()
    {
        foreach (SubmitCall call in _submitCalls.ToArray())
        {
            Seal(call);
        }
    }
}

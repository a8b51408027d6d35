using System.Buffers.Binary;
using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Workers.Hosting;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// The worker's side of a pool: takes tasks from its lane, runs each, and reports how it ended. Runs on the runspace's thread; <see cref="StopTask"/> and <see cref="Leave"/> come from others.
/// </summary>
/// <remarks>
/// A task that is to be stopped is stopped by stopping the pipeline that all tasks run in; the next task gets a new one. That the right task is stopped rests on Dekker's argument: this side ends a task by clearing
/// <c>_running</c>, a full fence, and a look at <c>_stopping</c>; the other writes <c>_stopping</c>, a full fence, and looks at <c>_running</c>. At least one sees the other, and where this side sees a stop it
/// waits by the gate until the other has decided.
/// </remarks>
internal sealed class PoolHost : IDisposable
{
    private const int LengthSize = 4;
    private const long None = -1;
    private const int TasksHeader = 11;
    private const int LeastKept = 1 << 20;
    private const int MostInBlock = 256;
    private const string FileSystemProvider = "FileSystem";

    /// <summary>In the byte that says how inputs become arguments: each task is begun by itself, because the worker that had it with others died.</summary>
    public const byte Alone = 0x80;

    private const byte ArgumentsMask = 0x7f;

    private static readonly long s_blockTicks = Stopwatch.Frequency / 5000;

    private static readonly long s_insightInterval = Stopwatch.Frequency / 4;
    private static readonly long s_memoryInterval = Stopwatch.Frequency / 10;

    private readonly TaskLane _lane;
    private readonly PoolWorkerOutput _output;
    private readonly long _memoryLimit;
    private readonly object _gate = new();
    private readonly Dictionary<int, PoolScript> _scripts = [];
    private readonly Dictionary<int, ErrorRecord> _unableScripts = [];
    private readonly Dictionary<int, PoolScriptMessage> _newScripts = [];
    private readonly Dictionary<int, PoolCallMessage> _calls = [];
    private readonly Dictionary<int, ErrorRecord> _callFaults = [];
    private readonly object _pipe;
    private readonly string _home;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private Action _stopPipeline = static () => { };

    // The frame at hand: of tasks, how many are left, and where the next is.
    private byte[] _frame = new byte[4096];
    private int _frameEnd;
    private int _position;
    private int _left;
    private uint _next;
    private PoolArguments _arguments;
    private PoolCallMessage? _call;
    private PoolScript? _script;
    private ErrorRecord? _callFault;
    private PoolCallMessage? _entered;
    private (string? Location, string? Path) _place;
    private IReadOnlyDictionary<string, string> _appliedEnvironment;

    private long _running = None;
    private long _stopping = None;
    private bool _isStopped;
    private volatile bool _isLeaving;

    // Items of a pure script run in blocks.
    private readonly PooledBufferWriter _blockFrame = new();
    private readonly TaskBlock _block;
    private readonly object _blockPipe;
    private bool _mayRunBlocks;
    private int _blockSize = 1;
    private int _begun;

    private long _lastInsight = Stopwatch.GetTimestamp();
    private long _lastMemory;

    /// <summary>Makes it.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="output">Its ring of results.</param>
    /// <param name="memoryLimit">The most memory that this process may have after a task, or 0.</param>
    /// <param name="home">The folder in which tasks begin whose call names none.</param>
    /// <param name="environment">The environment in which tasks run whose call brings none.</param>
    public PoolHost(TaskLane lane, PoolWorkerOutput output, long memoryLimit, string home, IReadOnlyDictionary<string, string> environment)
    {
        _lane = lane;
        _output = output;
        _memoryLimit = memoryLimit;
        _home = home;
        _environment = environment;
        _appliedEnvironment = environment;
        _pipe = ScriptInvoker.OutputTo(new OutputCollection(output));
        _block = new TaskBlock(_blockFrame);
        _blockPipe = ScriptInvoker.OutputTo(_block.Outputs);
    }

    /// <summary>True once there is nothing more to do.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Sets the environment variables of a call; given by the worker.</summary>
    public required Action<IReadOnlyDictionary<string, string>> ApplyEnvironment { get; init; }

    /// <summary>Runs tasks until there are no more, or the pipeline is stopped.</summary>
    /// <param name="setUp">Runs what setting up a script takes.</param>
    /// <param name="invocation"><c>$MyInvocation</c> of the tasks.</param>
    /// <param name="session">The global session.</param>
    public void RunTasks(IPoolSetUp setUp, InvocationInfo invocation, SessionState session)
    {
        while (!_isLeaving)
        {
            while (_left > 0)
            {
                if (_mayRunBlocks && _call == _entered && _script is { IsPure: true })
                {
                    RunBlock(invocation);
                }

                if (_left > 0)
                {
                    RunNext(setUp, invocation, session);
                }

                if (_isStopped)
                {
                    // The stop of the task was the stop of this pipeline; the next one goes on here.
                    throw new PipelineStoppedException();
                }
            }

            if (!ReceiveFrame())
            {
                break;
            }

            Handle();
        }

        HasLeft = true;
    }

    /// <summary>Says how the running pipeline is stopped.</summary>
    public void BeginPipeline(Action stop)
    {
        lock (_gate)
        {
            _stopPipeline = stop;
            _isStopped = false;
            _stopping = None;
        }
    }

    /// <summary>After a pipeline was stopped: ends the task that it was stopped for.</summary>
    public void EndPipeline()
    {
        lock (_gate)
        {
            _stopPipeline = static () => { };
        }

        if (_running != None)
        {
            long now = Stopwatch.GetTimestamp();
            _output.SendEnd(PoolMessageKind.Stopped, _lane.BeginTime, now, wantsToLeave: false, _lane.Backlog(_next));
            Volatile.Write(ref _running, None);
            _output.OutputFault = null;
        }
    }

    /// <summary>Stops a task if it is the one that runs. From any thread; returns at once.</summary>
    /// <param name="number">Its number.</param>
    public void StopTask(uint number)
    {
        lock (_gate)
        {
            Volatile.Write(ref _stopping, number);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _running) == number && !_isStopped)
            {
                _isStopped = true;
                _stopPipeline();
            }
        }
    }

    /// <summary>Lets no further task begin and stops the one that runs. From any thread; returns at once.</summary>
    public void Leave()
    {
        _isLeaving = true;
        _lane.Tasks.Abandon();
        lock (_gate)
        {
            _isStopped = true;
            _stopPipeline();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _blockFrame.Dispose();

    /// <summary>Runs items of a pure script in one loop, until one throws, which then runs by itself, or the frame is at its end.</summary>
    private void RunBlock(InvocationInfo invocation)
    {
        while (_left > 0 && !_isLeaving)
        {
            long begin = Stopwatch.GetTimestamp();

            // What a block that was cut short had begun is not begun again.
            int count = _begun > 0 ? Math.Min(_begun, _blockSize) : _lane.TryBegin(_next, Math.Min(_left, _blockSize), begin);
            if (count == 0)
            {
                return;
            }

            int begun = Math.Max(_begun, count);

            PoolWorkerOutput.BeginBlock(_blockFrame);
            _block.Begin(_frame, _position, count);
            bool isWhole = RunLoop(invocation) && _block.Done == count;
            int done = _block.Done;
            _begun = begun - done;
            _position = _block.Position;
            _next += (uint)done;
            _left -= done;
            long end = Stopwatch.GetTimestamp();

            // Long enough that the loop costs nothing, short enough that nobody waits for its first items.
            _blockSize = end - begin < s_blockTicks / 2 ? Math.Min(MostInBlock, _blockSize * 2) : end - begin > s_blockTicks ? Math.Max(1, _blockSize / 2) : _blockSize;
            if (done > 0)
            {
                _output.SendBlock(_blockFrame, done, begin, end, IsTooBig(end), _lane.Backlog(_next));
            }

            _blockFrame.Clear();
            if (!isWhole)
            {
                // The next one threw and runs by itself.
                return;
            }
        }
    }

    /// <summary>Runs the loop.</summary>
    /// <returns>False when an item threw: then those before it are done.</returns>
    private bool RunLoop(InvocationInfo invocation)
    {
        try
        {
            _script!.RunLoop(_block, _blockPipe, invocation);
            return true;
        }
        catch (PipelineStoppedException) when (Volatile.Read(ref _isStopped))
        {
            _block.Abandon();
            throw;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever it is, the item meets it again when it runs by itself, and reports it.
            _block.Abandon();
            return false;
        }
    }

    private void RunNext(IPoolSetUp setUp, InvocationInfo invocation, SessionState session)
    {
        uint number = _next++;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_frame.AsSpan(_position));
        ReadOnlyMemory<byte> input = _frame.AsMemory(_position + LengthSize, length);
        _position += LengthSize + length;
        _left--;
        long begin = Stopwatch.GetTimestamp();
        if (_begun > 0)
        {
            _begun--;
        }
        else if (_lane.TryBegin(number, 1, begin) == 0)
        {
            return;
        }

        Volatile.Write(ref _running, number);
        ErrorRecord? failure;
        try
        {
            failure = RunTask(input, setUp, invocation, session, begin) ?? _output.OutputFault;
        }
        catch (PipelineStoppedException) when (Volatile.Read(ref _isStopped))
        {
            // EndPipeline reports it.
            throw;
        }

        _output.OutputFault = null;
        long end = Stopwatch.GetTimestamp();
        bool wantsToLeave = IsTooBig(end);
        int backlog = _lane.Backlog(_next);
        if (failure is null)
        {
            _output.SendEnd(PoolMessageKind.Done, begin, end, wantsToLeave, backlog);
        }
        else
        {
            _output.SendFailed(failure, begin, end, wantsToLeave, backlog);
        }

        Volatile.Write(ref _running, None);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _stopping) == number)
        {
            // The stop came as the task ended; when the gate is free, it has been decided whether the pipeline is being stopped.
            lock (_gate)
            {
                _stopping = None;
            }
        }

        if (end - _lastInsight > s_insightInterval)
        {
            SendInsight(end);
        }
    }

    /// <summary>Runs a task.</summary>
    /// <returns>The error that ended it, or null.</returns>
    private ErrorRecord? RunTask(ReadOnlyMemory<byte> input, IPoolSetUp setUp, InvocationInfo invocation, SessionState session, long begin)
    {
        try
        {
            EnterCall(setUp, session);
            if (_callFault is { } fault)
            {
                return fault;
            }

            object? value = MessageCodec.Serializer.Deserialize(input);
            _output.SerializingTicks += Stopwatch.GetTimestamp() - begin;
            (object? item, object?[] arguments, IDictionary? named) = TaskArguments.Bind(_arguments, value, _call!.Arguments);
            _script!.Invoke(item, arguments, named, _pipe, invocation, _call.StopsAtErrors);
            return null;
        }
        catch (PipelineStoppedException) when (Volatile.Read(ref _isStopped))
        {
            throw;
        }
        catch (ExitException exception)
        {
            return new TaskExitedException(ExitCodeOf(exception), null).ErrorRecord;
        }
        catch (FlowControlException)
        {
            // break and continue end the item.
            return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return TerminatingError.RecordOf(exception);
        }
        finally
        {
            if (_script is { MayChangeState: true })
            {
                RestoreLocation(session);
            }
        }
    }

    private static int ExitCodeOf(ExitException exception) =>
        exception.Argument is { } argument && LanguagePrimitives.TryConvertTo(argument, out int code) ? code : 0;

    private bool IsTooBig(long now)
    {
        if (_memoryLimit == 0 || now - _lastMemory < s_memoryInterval)
        {
            return false;
        }

        _lastMemory = now;
        return Environment.WorkingSet > _memoryLimit;
    }

    private void SendInsight(long now)
    {
        _lastInsight = now;
        _output.SendInsight();
    }

    private bool ReceiveFrame()
    {
        Span<byte> length = stackalloc byte[LengthSize];
        if (!_lane.Tasks.HasBytes())
        {
            long begin = Stopwatch.GetTimestamp();
            if (begin - _lastInsight > s_insightInterval && _output.SerializingTicks > 0)
            {
                SendInsight(begin);
            }

            while (!_lane.Tasks.HasBytes() && !_isLeaving && !_isStopped)
            {
                _lane.Tasks.WaitForData(Timeout.InfiniteTimeSpan, CancellationToken.None);
            }
        }

        return !_isLeaving && TryFill(length) && ReadBody(BinaryPrimitives.ReadInt32LittleEndian(length));
    }

    private bool ReadBody(int length)
    {
        if (_frame.Length < length || (_frame.Length > LeastKept && length < LeastKept))
        {
            _frame = new byte[Math.Max(length, 4096)];
        }

        _position = 0;
        _frameEnd = length;
        return TryFill(_frame.AsSpan(0, length));
    }

    private bool TryFill(Span<byte> bytes)
    {
        while (true)
        {
            bytes = bytes[_lane.Tasks.Read(bytes)..];
            _lane.Tasks.Release();
            if (bytes.IsEmpty)
            {
                return true;
            }

            if (_isLeaving)
            {
                return false;
            }

            _lane.Tasks.WaitForData(Timeout.InfiniteTimeSpan, CancellationToken.None);
        }
    }

    private void Handle()
    {
        ReadOnlyMemory<byte> body = _frame.AsMemory(1, _frameEnd - 1);
        switch ((PoolMessageKind)_frame[0])
        {
            case PoolMessageKind.Tasks:
                int call = BinaryPrimitives.ReadInt32LittleEndian(body.Span);
                _next = BinaryPrimitives.ReadUInt32LittleEndian(body.Span[4..]);
                _left = BinaryPrimitives.ReadUInt16LittleEndian(body.Span[8..]);
                _arguments = (PoolArguments)(body.Span[10] & ArgumentsMask);
                _mayRunBlocks = _arguments == PoolArguments.Item && (body.Span[10] & Alone) == 0;
                _position = 1 + TasksHeader;
                _call = _calls[call];
                break;

            case PoolMessageKind.Script:
                AddScript(body);
                break;

            case PoolMessageKind.Call:
                AddCall(body);
                break;

            case PoolMessageKind.EndCall:
                _calls.Remove(BinaryPrimitives.ReadInt32LittleEndian(body.Span));
                _callFaults.Remove(BinaryPrimitives.ReadInt32LittleEndian(body.Span));
                _entered = null;
                break;

            case PoolMessageKind.EndScript:
                _scripts.Remove(BinaryPrimitives.ReadInt32LittleEndian(body.Span));
                _newScripts.Remove(BinaryPrimitives.ReadInt32LittleEndian(body.Span));
                _unableScripts.Remove(BinaryPrimitives.ReadInt32LittleEndian(body.Span));
                _entered = null;
                break;

            case PoolMessageKind.Leave:
                _isLeaving = true;
                break;

            default:
                throw new InvalidDataFrameException($"The pool sent a message of kind {_frame[0]}, which this worker does not know.");
        }
    }

    private void AddScript(ReadOnlyMemory<byte> body)
    {
        PayloadReader reader = new(MessageCodec.Serializer, body);
        PoolScriptMessage message = PoolScriptMessage.Read(ref reader);
        _newScripts[message.Id] = message;
    }

    private void AddCall(ReadOnlyMemory<byte> body)
    {
        int id = BinaryPrimitives.ReadInt32LittleEndian(body.Span);
        try
        {
            PayloadReader reader = new(MessageCodec.Serializer, body[sizeof(int)..]);
            _calls[id] = PoolCallMessage.Read(ref reader);
        }
        catch (ProcessToolsException exception)
        {
            // A value of the call cannot be read, such as a handle of something that is gone: its tasks fail with that.
            _calls[id] = new PoolCallMessage { Id = id, ScriptId = 0 };
            _callFaults[id] = exception.ErrorRecord;
        }
    }

    /// <summary>Makes the call of the tasks at hand the one whose values and place are set.</summary>
    private void EnterCall(IPoolSetUp setUp, SessionState session)
    {
        PoolCallMessage call = _call!;
        if (ReferenceEquals(_entered, call))
        {
            return;
        }

        _callFault = _callFaults.GetValueOrDefault(call.Id) ?? FindScript(call.ScriptId, setUp, call);
        if (_callFault is null)
        {
            WorkerContext.SetUsingValues(call.UsingValues);
            _script!.Enter(call);
            IReadOnlyDictionary<string, string> environment = call.Environment ?? _environment;
            if (!ReferenceEquals(environment, _appliedEnvironment))
            {
                ApplyEnvironment(environment);
                _appliedEnvironment = environment;
            }

            _entered = call;
            RestoreLocation(session);
        }
    }

    private ErrorRecord? FindScript(int id, IPoolSetUp setUp, PoolCallMessage call)
    {
        if (_scripts.TryGetValue(id, out _script))
        {
            return null;
        }

        if (_unableScripts.TryGetValue(id, out ErrorRecord? fault))
        {
            return fault;
        }

        try
        {
            // On the first task, so that a failing initialization is a task's failure, and inside the task's pipeline, so that a stop ends it.
            WorkerContext.SetUsingValues(call.UsingValues);
            _script = PoolScript.Make(_newScripts[id], setUp, call);
            _scripts[id] = _script;
            _newScripts.Remove(id);
            return null;
        }
        catch (Exception exception) when (exception is not (PipelineStoppedException or OutOfMemoryException))
        {
            ErrorRecord record = TerminatingError.RecordOf(exception);
            _unableScripts[id] = new PoolInitializationException(WorkerContext.PoolName ?? string.Empty, record).ErrorRecord;
            return _unableScripts[id];
        }
    }

    /// <summary>Goes back to the folder of the call at hand, when the last task has left it.</summary>
    private void RestoreLocation(SessionState session)
    {
        // What is asked for a task must be cheap. PathInfo.ProviderPath is not: PowerShell reads the system's mounts for it.
        PathIntrinsics path = session.Path;
        string location = _entered?.Location ?? _home;
        PathInfo current = path.CurrentLocation;
        if (location == _place.Location && current.Path == _place.Path && current.Provider.Name == FileSystemProvider)
        {
            return;
        }

        _place = (location, path.SetLocation(WildcardPattern.Escape(location)).Path);
    }
}

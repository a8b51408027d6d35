using System.Buffers;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Pools;
using ProcessTools.Engine.Pools.Hosting;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Sockets;
using ProcessTools.Engine.State;
using ProcessTools.Engine.Transport;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>
/// The worker's end of the connection: greets the session, takes what it sends, runs the script once, and reports how it ended.
/// </summary>
internal sealed class WorkerSession : IDisposable
{
    private readonly Connection _connection;
    private readonly WorkerOutput _output;
    private readonly WorkerRunspace _runspace;
    private readonly PSDataCollection<object?> _input = [];
    private readonly TaskCompletionSource<object> _start = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _ended = new();
    private readonly int _parentProcessId;
    private readonly Carrier _session;
    private PoolHost? _pool;
    private volatile string[] _poolFiles = [];
    private volatile bool _isStopped;
    private int _exitSent;

    public WorkerSession(Connection connection, int parentProcessId)
    {
        _connection = connection;
        _parentProcessId = parentProcessId;
        _session = ProcessIdentity.TryGet(parentProcessId) is { } parent ? new Carrier(ProcessWord.Of(parent), 0) : Carrier.Self;
        _output = new WorkerOutput(connection, _session);
        _runspace = new WorkerRunspace(_output);
    }

    /// <summary>Says who we are. The session drops a worker whose secret is not the one that it gave out.</summary>
    public void Greet(string secret) => _output.SendHello(secret);

    /// <summary>Runs the script that the session sends, to its end.</summary>
    /// <param name="warmUp">Run everything once on a dummy first, so that the real script finds it compiled.</param>
    /// <returns>The exit code of the process.</returns>
    public int Run(bool warmUp)
    {
        Thread reader = new(ReadMessages) { IsBackground = true, Name = "ProcessTools worker messages" };
        reader.Start();
        try
        {
            _runspace.Open();
            if (warmUp)
            {
                _runspace.WarmUp();
            }

            return RunScript();
        }
        finally
        {
            _ended.Set();
        }
    }

    /// <summary>Asks the script to stop; returns at once.</summary>
    public void Stop()
    {
        _isStopped = true;
        _start.TrySetCanceled();
        Volatile.Read(ref _pool)?.Leave();
        _runspace.Stop();
    }

    /// <summary>Takes the names of a pool's files away: the session that would have is dead, and no other worker will come.</summary>
    public void DeletePoolFiles()
    {
        foreach (string file in _poolFiles)
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next start sweeps it.
            }
        }
    }

    /// <summary>Waits until the script has ended.</summary>
    public bool WaitForEnd(TimeSpan timeout) => _ended.Wait(timeout);

    /// <summary>Tells the session of an end that did not go through <see cref="Run"/>: the script ended the process itself.</summary>
    public void SendExitOfProcess(int exitCode) => SendExit(WorkerOutcome.Completed, exitCode, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Dispose();
        _input.Dispose();
    }

    private int RunScript()
    {
        object order;
        try
        {
            order = _start.Task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // The session has no work for this worker any more.
            SendExit(WorkerOutcome.Stopped, 0, null);
            return 0;
        }
        catch (ProcessToolsException exception)
        {
            SendExit(WorkerOutcome.Failed, 1, exception.ErrorRecord);
            return 1;
        }

        if (order is PoolWorkerStart pool)
        {
            RunPool(pool);
            return 0;
        }

        WorkerStart start = (WorkerStart)order;
        SharedStates.Inherit(start.StateAddress);
        WorkerContext.Enter(start.Name, _parentProcessId, start.UsingValues);
        (WorkerOutcome outcome, int exitCode, ErrorRecord? failure) = _runspace.Run(start, start.HasInput ? _input : null);

        // Before the end is told: who learns of it may count on that nothing is held here any more.
        ChannelRegistry.DisposeAll();
        SocketHandover.EndAtExit();
        SharedStates.EndAtExit();
        SendExit(outcome, exitCode, failure);
        return exitCode;
    }

    private void RunPool(PoolWorkerStart start)
    {
        using TaskLane lane = TaskLane.Open(start.Lane);
        using PoolDoorbell doorbell = PoolDoorbell.Open(start.Doorbell);
        using PoolWorkerOutput output = new(lane, doorbell, _session);
        SharedStates.Inherit(start.SetUp.StateAddress);
        WorkerContext.Enter(start.SetUp.Name, _parentProcessId, start.SetUp.UsingValues);
        WorkerContext.EnterPool(start.SetUp.Name, start.Depth);
        _output.Pool = output;
        _poolFiles = [start.Lane, start.Doorbell];
        using PoolHost host = new(lane, output, start.MemoryLimit, start.SetUp.Location, start.SetUp.Environment) { ApplyEnvironment = environment => ApplyEnvironment(environment, start.Depth) };
        Volatile.Write(ref _pool, host);
        if (_runspace.SetUp(start.SetUp, environment => ApplyEnvironment(environment, start.Depth)) is { } failure)
        {
            output.SendUnable(failure);
        }
        else if (!_isStopped)
        {
            output.SendReady();
            _runspace.RunPool(host);
        }

        ChannelRegistry.DisposeAll();
        SocketHandover.EndAtExit();
        SharedStates.EndAtExit();
        SendExit(WorkerOutcome.Completed, 0, null);
    }

    private static void ApplyEnvironment(IReadOnlyDictionary<string, string> environment, int depth)
    {
        WorkerRunspace.ApplyEnvironment(environment);
        Environment.SetEnvironmentVariable(PoolNesting.Variable, depth.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private void SendExit(WorkerOutcome outcome, int exitCode, ErrorRecord? failure)
    {
        if (Interlocked.Exchange(ref _exitSent, 1) == 0)
        {
            _output.SendExit(outcome, exitCode, failure);
        }
    }

    private void ReadMessages()
    {
        try
        {
            while (_connection.Receive() is { } frame)
            {
                using (frame)
                {
                    Handle(frame.Payload);
                }
            }
        }
        catch (ProcessToolsException exception)
        {
            _start.TrySetException(exception);
        }

        // Without a session there is nobody to work for. Where its process died, the watcher ends this one.
        _input.Complete();
        Stop();
    }

    private void Handle(ReadOnlySequence<byte> frame)
    {
        WorkerMessageKind kind = (WorkerMessageKind)frame.FirstSpan[0];
        PayloadReader reader = new(MessageCodec.Serializer, frame.Slice(1));
        switch (kind)
        {
            case WorkerMessageKind.Start:
            case WorkerMessageKind.Pool:
                try
                {
                    _start.TrySetResult(kind == WorkerMessageKind.Start ? WorkerStart.Read(ref reader) : PoolWorkerStart.Read(ref reader));
                }
                catch (ProcessToolsException exception)
                {
                    _start.TrySetException(exception);
                }

                break;

            case WorkerMessageKind.Input:
                _input.Add(reader.ReadObject());
                break;

            case WorkerMessageKind.InputEnd:
                _input.Complete();
                break;

            case WorkerMessageKind.StopTask:
                Volatile.Read(ref _pool)?.StopTask((uint)reader.ReadInt64());
                break;

            case WorkerMessageKind.Stop:
                Stop();
                break;

            default:
                throw new InvalidDataFrameException($"The session sent a message of kind {(byte)kind}, which this worker does not know.");
        }
    }
}

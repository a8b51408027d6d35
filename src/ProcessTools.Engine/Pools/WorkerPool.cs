using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// A pool of worker processes in this session. This file has what it is and how it ends; the others how it schedules, waits, keeps workers and takes tasks.
/// </summary>
/// <remarks>
/// All that the pool knows is under one lock. There is no thread that has to be asked: whoever waits for a task, gives one or takes results does the pool's work meanwhile (<see cref="Pump"/>), so that a
/// round trip takes no switch of threads; a thread in the background does it while nobody else does.
/// </remarks>
internal sealed partial class WorkerPool : ProcessPool
{
    private static int s_lastId;

    private readonly object _gate = new();
    private readonly PoolOptions _options;
    private readonly PoolDoorbell _doorbell;
    private readonly List<PoolWorker> _workers = [];
    private readonly List<PoolCall> _calls = [];
    private readonly ConcurrentQueue<Action> _afterLock = new();
    private readonly PoolScripts _scripts;
    private readonly long _createdTicks = Stopwatch.GetTimestamp();
    private PoolCounters _counters;
    private int _size;
    private PoolState _state = PoolState.Open;
    private ErrorRecord? _brokenBy;
    private int _expectedCallbacks;
    private bool _isFinished;

    /// <summary>Makes a pool.</summary>
    /// <param name="options">How.</param>
    public WorkerPool(PoolOptions options)
    {
        PoolNesting.Check();
        _options = options;
        Id = Interlocked.Increment(ref s_lastId);
        Name = options.Name ?? $"Pool{Id}";
        _size = options.Size;
        _doorbell = PoolDoorbell.Create();
        _scripts = new PoolScripts(this);
        if (options.StartsAtOnce)
        {
            lock (_gate)
            {
                StartWorkers(_size);
            }
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Id { get; }

    /// <inheritdoc/>
    public override int Size => _size;

    /// <inheritdoc/>
    public override PoolState State => _state;

    /// <summary>True for the session's own pool.</summary>
    public bool IsDefault => _options.IsDefault;

    /// <summary>How many tasks have not ended.</summary>
    public long Unfinished
    {
        get
        {
            lock (_gate)
            {
                return _counters.Unfinished;
            }
        }
    }

    /// <summary>The number for the next call.</summary>
    public int NextCallId() => Interlocked.Increment(ref _lastCallId);

    /// <inheritdoc/>
    public override PoolStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                Pump();
                return MakeStatistics();
            }
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<PoolWorkerInfo> Workers
    {
        get
        {
            lock (_gate)
            {
                Pump();
                return [.. _workers.Where(static worker => !worker.IsDead).Select(MakeInfo)];
            }
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        lock (_gate)
        {
            if (_state is PoolState.Open)
            {
                _state = PoolState.Closed;
            }

            EndSubmitCalls();
            Pump();
        }

        Awaken();
    }

    /// <inheritdoc/>
    public override void Terminate()
    {
        lock (_gate)
        {
            if (_state != PoolState.Terminated)
            {
                _state = PoolState.Terminated;
                foreach (PoolCall call in _calls.ToArray())
                {
                    CancelLocked(call);
                }

                foreach (PoolWorker worker in _workers)
                {
                    Abandon(worker);
                }

                SessionPools.Remove(this);
            }

            Pump();
        }

        FlushAfterLock();
        WakeWaiters();
        Awaken();
    }

    /// <summary>Kills the workers, waits until they are gone, and takes the names of files away; nothing else, because the process is about to exit.</summary>
    public void EndAtExit(TimeSpan timeout)
    {
        SessionPools.Remove(this);
        _doorbell.Unlink();
        if (!Monitor.TryEnter(_gate, timeout))
        {
            return;
        }

        try
        {
            foreach (PoolWorker worker in _workers)
            {
                worker.Lane.Unlink();
                worker.Link.Process.KillTree();
            }

            Task.WaitAll([.. _workers.Select(static worker => worker.Link.Process.Exit)], timeout);
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    /// <inheritdoc/>
    public override void Resize(int size)
    {
        if (size < 1 || size > PoolOptions.MostWorkers)
        {
            throw new ProcessTaskException(new PoolArgumentException(
                "InvalidPoolSize", ErrorCategory.InvalidArgument, $"A pool has from 1 to {PoolOptions.MostWorkers} workers, not {size}.", size).ErrorRecord);
        }

        lock (_gate)
        {
            _size = size;
            RetireSurplus();
            if (_options.StartsAtOnce && _state == PoolState.Open)
            {
                StartWorkers(_size - LivingWorkers);
            }

            Pump();
        }

        FlushAfterLock();
        Awaken();
    }

    /// <inheritdoc/>
    private protected override bool JoinCore(TimeSpan timeout)
    {
        if (_state == PoolState.Open)
        {
            throw new ProcessTaskException(new PoolStillOpenException(this).ErrorRecord);
        }

        return WaitUntil(IsOver, timeout, CancellationToken.None);
    }

    /// <summary>A callback will come that belongs to this pool's work.</summary>
    internal void ExpectCallback() => Interlocked.Increment(ref _expectedCallbacks);

    /// <summary>A callback has run, or never will.</summary>
    internal void EndCallback()
    {
        Interlocked.Decrement(ref _expectedCallbacks);
        WakeWaiters();
    }

    /// <summary>Has something called outside of the lock.</summary>
    internal void AfterLock(Action? action)
    {
        if (action is not null)
        {
            _afterLock.Enqueue(action);
        }
    }

    private bool IsOver() => Volatile.Read(ref _isFinished) && Volatile.Read(ref _expectedCallbacks) <= 0;

    private void Finish()
    {
        if (!_isFinished)
        {
            _isFinished = true;
            SessionPools.Remove(this);
        }
    }

    private PoolStatistics MakeStatistics()
    {
        long now = Stopwatch.GetTimestamp();
        PoolCounters counters = _counters;
        foreach (PoolWorker worker in _workers)
        {
            counters.AddTimes(worker, now);
        }

        int busy = _workers.Count(static worker => worker.IsRunning);
        int alive = LivingWorkers;
        return counters.ToStatistics(_size, alive, Math.Max(0, _workers.Count(static worker => worker.IsReady && !worker.IsLeaving) - busy), busy, _calls.Sum(static call => (long)call.Pending.Count + call.Delayed.Count) + _workers.Sum(static worker => (long)worker.Unbegun), Stopwatch.GetElapsedTime(_createdTicks));
    }

    private static PoolWorkerInfo MakeInfo(PoolWorker worker) => new()
    {
        ProcessId = worker.ProcessId,
        State = worker.IsLeaving ? PoolWorkerState.Leaving : !worker.IsReady ? PoolWorkerState.Starting : worker.InFlight.Count > 0 ? PoolWorkerState.Busy : PoolWorkerState.Idle,
        TasksDone = worker.TasksDone,
        Started = worker.Started,
        StartingTime = Stopwatch.GetElapsedTime(0, worker.StartingTicks),
        WaitingTime = PoolCounters.WaitingTime(worker, Stopwatch.GetTimestamp()),
        WorkingTime = Stopwatch.GetElapsedTime(0, worker.WorkingTicks),
        SerializingTime = Stopwatch.GetElapsedTime(0, worker.SerializingTicks),
    };
}

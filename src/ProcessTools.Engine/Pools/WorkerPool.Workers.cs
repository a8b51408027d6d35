using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>How the pool keeps its workers: starts, replaces, retires and buries them.</summary>
internal sealed partial class WorkerPool
{
    // A worker that does not come up may have met bad luck; three in a row have met a reason.
    private const int MostBootFailures = 3;

    // A signal comes from outside, and may be meant for something else; but where memory is short it will come again and again.
    private const int MostBootKills = 20;

    private static readonly long s_leaveGrace = Stopwatch.Frequency * 5;

    private readonly List<(PoolWorker Worker, Task<WorkerCrashedException> Description)> _dying = [];
    private int _starting;
    private int _bootFailures;
    private long _idleSince = Stopwatch.GetTimestamp();

    private int LivingWorkers
    {
        get
        {
            int living = _starting;
            foreach (PoolWorker worker in _workers)
            {
                living += worker.IsDead || worker.IsLeaving ? 0 : 1;
            }

            return living;
        }
    }

    /// <summary>The most workers at this moment: the pool's size, or more for a command that asks the session's own pool for more.</summary>
    private int MostWorkers
    {
        get
        {
            int most = _size;
            foreach (PoolCall call in _calls)
            {
                if (IsDefault && call.Throttle != int.MaxValue)
                {
                    most = Math.Max(most, Math.Min(call.Throttle, PoolOptions.MostWorkers));
                }
            }

            return most;
        }
    }

    private void StartWorkers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _starting++;
            _counters.WorkersStarted++;
            new Thread(StartOne) { IsBackground = true, Name = $"ProcessTools {this}" }.Start();
        }
    }

    /// <summary>Starts what is missing for the work that there is.</summary>
    private void StartMissing()
    {
        if (_state is PoolState.Terminated or PoolState.Broken)
        {
            return;
        }

        int most = MostWorkers;
        long wanted = _options.StartsAtOnce && _state == PoolState.Open && _options.IdleTimeout is null ? most : 0;
        foreach (PoolCall call in _calls)
        {
            wanted += Math.Min(call.Throttle, (long)call.Pending.Count + call.InFlight);
        }

        int living = LivingWorkers;
        if (living < most && wanted > living)
        {
            StartWorkers((int)Math.Min(most, wanted) - living);
        }
    }

    /// <summary>Starts a worker, on a thread of its own.</summary>
    private void StartOne()
    {
        PoolWorker? worker = null;
        WorkerLink? link = null;
        TaskLane? lane = null;
        ErrorRecord? failure = null;
        try
        {
            lane = TaskLane.Create();
            link = StandbyWorkers.Take();
            if (link is null)
            {
                link = WorkerLink.Boot(isStandby: false);
                link.AwaitGreeting(Name);
            }

            if (_options.Priority is { } priority)
            {
                ChildWorkerProcess.SetPriority(link.Process.Id, priority);
            }

            SendStart(link, lane);
            worker = new PoolWorker(link, lane);
        }
        catch (ProcessToolsException exception)
        {
            failure = exception.ErrorRecord;
        }
        catch (Exception exception)
        {
            // Last catch of this thread: whatever it is, the pool's tasks fail with it.
            failure = new ErrorRecord(exception, "WorkerStartFailed", ErrorCategory.ResourceUnavailable, Name);
        }

        lock (_gate)
        {
            _starting--;
            if (worker is null || _state == PoolState.Terminated)
            {
                worker?.Dispose();
                link?.Dispose();
                lane?.Dispose();
                if (failure is not null)
                {
                    CountBootFailure(failure);
                }

                Pump();
            }
            else
            {
                PoolWorker started = worker;
                link!.Console.SendTo((_, line) => AddStray(line));
                _workers.Add(worker);
                Volatile.Write(ref _watched, [.. _workers]);
                RetireSurplus();
                worker.Watch = ProcessWatcher.Watch(link.Process.Identity, () =>
                {
                    started.IsDead = true;
                    WakeWaiters();
                });
            }
        }

        FlushAfterLock();
        WakeWaiters();
        Awaken();
    }

    private void SendStart(WorkerLink link, TaskLane lane)
    {
        PoolWorkerStart start = new()
        {
            Lane = lane.Address,
            Doorbell = _doorbell.Address,
            Name = Name,
            Depth = PoolNesting.Depth + 1,
            MemoryLimit = _options.MaxWorkerMemory ?? 0,
            SetUp = _options.SetUp,
        };
        using PooledBufferWriter buffer = new();
        buffer.GetSpan(1)[0] = (byte)WorkerMessageKind.Pool;
        buffer.Advance(1);
        Channels.Passage.Gather(() =>
        {
            PayloadWriter writer = new(Channels.MessageCodec.Serializer, buffer);
            start.Write(ref writer);
            writer.Flush();
        })?.Board(link.Carrier);
        link.Connection.Send(buffer.WrittenSpan);
    }

    private void CountBootFailure(ErrorRecord failure, int most = MostBootFailures)
    {
        if (++_bootFailures >= most)
        {
            Break(failure);
        }
    }

    /// <summary>The pool's workers cannot come up: every task fails with the reason.</summary>
    private void Break(ErrorRecord cause)
    {
        if (_state is PoolState.Terminated or PoolState.Broken)
        {
            return;
        }

        _state = PoolState.Broken;
        _brokenBy = new PoolInitializationException(Name, cause).ErrorRecord;
        foreach (PoolCall call in _calls.ToArray())
        {
            FailPending(call);
        }

        foreach (PoolWorker worker in _workers)
        {
            worker.IsLeaving = true;
        }
    }

    // A copy for each task: what is said in one of its item is not true of the others.
    private ErrorRecord BrokenError() => new(_brokenBy!, null);

    private void FailPending(PoolCall call)
    {
        while (call.Pending.Count > 0)
        {
            EndUnbegun(call.Pending.RemoveFirst(), ProcessTaskState.Failed, BrokenError());
        }

        foreach ((_, PoolTask task) in call.Delayed)
        {
            EndUnbegun(task, ProcessTaskState.Failed, BrokenError());
        }

        call.Delayed.Clear();
    }

    /// <summary>Looks after those who died, and those who are to leave.</summary>
    private void TendWorkers(long now)
    {
        for (int i = _workers.Count - 1; i >= 0; i--)
        {
            PoolWorker worker = _workers[i];
            if (worker.IsDead)
            {
                // All that it had published is there now, and nothing more will come.
                Drain(worker, now, evenIfCongested: true);
                _workers.RemoveAt(i);
                Bury(worker);
            }
            else if (worker.IsLeaving && !worker.IsReady && !worker.WasTold)
            {
                // Nothing of anybody's is in it but its initialization.
                worker.WasTold = true;
                worker.Link.Process.KillTree();
            }
            else if (worker.IsLeaving && worker.InFlight.Count == 0 && !worker.WasTold && worker.IsReady)
            {
                worker.WasTold = true;
                worker.KillAt = now + s_leaveGrace;
                worker.SendMessage(PoolMessageKind.Leave, static _ => { });
            }
        }

        for (int i = _dying.Count - 1; i >= 0; i--)
        {
            if (_dying[i].Description.IsCompleted)
            {
                (PoolWorker worker, Task<WorkerCrashedException> description) = _dying[i];
                _dying.RemoveAt(i);
                EndCrashed(worker, description);
            }
        }

        DigGraves();
    }

    private void Bury(PoolWorker worker)
    {
        if (worker.InFlight.Count == 0 && (worker.IsReady || worker.IsLeaving))
        {
            if (!worker.IsLeaving)
            {
                _counters.WorkersLost++;
            }

            Retire(worker);
            return;
        }

        // How it died is known a moment later, and this thread has better things to do than to wait for it.
        bool wasReady = worker.IsReady;
        TakeBackAll(worker);
        _dying.Add((worker, Task.Run(() =>
        {
            try
            {
                return worker.Link.DescribeDeath(Name, wasReady ? "while it ran this task" : "before its first task", isOfPool: true);
            }
            finally
            {
                WakeWaiters();
            }
        })));
    }

    private void EndCrashed(PoolWorker worker, Task<WorkerCrashedException> description)
    {
#pragma warning disable VSTHRD002 // It has completed.
        ErrorRecord crash = description.IsCompletedSuccessfully
            ? description.Result.ErrorRecord
            : new WorkerCrashedException(Name, worker.ProcessId, null, string.Empty, "while it ran this task", isOfPool: true).ErrorRecord;
#pragma warning restore VSTHRD002
        int? exitCode = (crash.Exception as WorkerCrashedException)?.ExitCode;
        _counters.WorkersLost += worker.KilledFor is null ? 1 : 0;
        if (!worker.IsReady)
        {
            CountBootFailure(crash, exitCode < 0 ? MostBootKills : MostBootFailures);
        }

        while (worker.InFlight.Count > 0)
        {
            long begin = worker.Lane.BeginTime;
            PoolTask task = worker.TakeEnded();
            _counters.WorkersRecycled += worker.KilledFor is null ? 0 : 1;
            ProcessTaskState state = worker.KilledFor ?? (task.Call.IsCancelled || task.MustStop ? ProcessTaskState.Cancelled : ProcessTaskState.Crashed);
            ErrorRecord error = state switch
            {
                ProcessTaskState.TimedOut => new TaskTimeoutException(task.Call.TaskTimeout ?? TimeSpan.Zero, worker.ProcessId, task.Input).ErrorRecord,
                ProcessTaskState.Cancelled => new TaskCancelledException(task.Input).ErrorRecord,
                _ => crash,
            };
            End(task, new TaskEnd
            {
                State = state,
                Error = error,
                Started = begin,
                Duration = Stopwatch.GetElapsedTime(begin),
                Worker = worker.ProcessId,
                ExitCode = exitCode,
                Attempts = task.Attempts,
            });
        }

        Retire(worker);
    }

    /// <summary>Frees a worker that is gone; its times stay in the statistics.</summary>
    private void Retire(PoolWorker worker)
    {
        _counters.AddTimes(worker, Stopwatch.GetTimestamp());
        worker.Watch?.Dispose();
        _graves.Add(worker);
    }

    /// <summary>Kills a worker, and ends what it has as cancelled.</summary>
    private void Abandon(PoolWorker worker)
    {
        worker.IsLeaving = true;
        worker.IsAbandoned = true;
        worker.Link.Process.KillTree();
        while (worker.InFlight.Count > 0)
        {
            PoolTask task = worker.TakeEnded();
            EndUnbegun(task, ProcessTaskState.Cancelled, new TaskCancelledException(task.Input).ErrorRecord);
        }
    }

    private void RetireSurplus()
    {
        int surplus = LivingWorkers - MostWorkers;
        foreach (PoolWorker worker in _workers.Where(static worker => !worker.IsLeaving && !worker.IsDead).OrderBy(static worker => worker.InFlight.Count).Take(Math.Max(0, surplus)).ToArray())
        {
            worker.IsLeaving = true;
            TakeBackUnbegun(worker);
        }
    }

    /// <summary>Lets idle workers go when the pool had nothing to do for long, or has been closed and is done.</summary>
    private void TendIdle(long now)
    {
        if (_counters.Unfinished > 0)
        {
            _idleSince = now;
            return;
        }

        bool isDone = _state is PoolState.Closed or PoolState.Broken or PoolState.Terminated;
        if (isDone || (_options.IdleTimeout is { } idle && Stopwatch.GetElapsedTime(_idleSince, now) >= idle))
        {
            foreach (PoolWorker worker in _workers)
            {
                worker.IsLeaving = true;
            }
        }

        if (isDone && _workers.Count == 0 && _starting == 0 && _dying.Count == 0)
        {
            Finish();
        }
    }

    private void AddStray(string line)
    {
        InformationRecord record = new(new HostInformationMessage { Message = line }, Name);
        record.Tags.Add("PSHOST");
        AddStray(PoolMessageKind.Information, record);
    }
}

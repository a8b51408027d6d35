using System.Buffers.Binary;
using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// How tasks get to workers and back. Tasks are sent ahead, so that a worker never waits for the pool; what a worker has not begun is taken back when another has nothing to do, or when a long task
/// keeps others waiting behind it.
/// </summary>
internal sealed partial class WorkerPool
{
    // At most so many tasks and bytes are with one worker, which is what fits its ring with room to spare.
    private const int MostAhead = 8192;
    private const int MostBytesAtOnce = 128 * 1024;

    // Below so much expected work a worker is sent more. Twice what the pool may sleep while workers work.
    private static readonly double s_enough = Stopwatch.Frequency * 20.0 / 1000;

    // From so much expected work on it pays to move tasks from one worker to another.
    private static readonly double s_worthMoving = Stopwatch.Frequency / 1000.0;

    // A task that runs so long holds back those behind it.
    private static readonly double s_long = Stopwatch.Frequency * 20.0 / 1000;

    private readonly List<PoolTask> _back = [];
    private int _round;
    private long _nextDeadline;

    /// <summary>Does all that there is to do now: takes what workers have sent, gives them more, and looks after time limits. Holds the lock already or takes it.</summary>
    private void Pump()
    {
        lock (_gate)
        {
            if (_isFinished)
            {
                return;
            }

            long now = Stopwatch.GetTimestamp();
            for (int i = 0; i < _workers.Count; i++)
            {
                Drain(_workers[i], now, evenIfCongested: false);
            }

            TendWorkers(now);
            for (int i = _calls.Count - 1; i >= 0; i--)
            {
                if (_calls[i].IsInputComplete && _calls[i].IsIdle)
                {
                    Delist(_calls[i]);
                }
            }

            Dispatch(now);
            WatchTasks(now);
            TendIdle(now);
            StartMissing();
        }
    }

    /// <summary>Gives a call its first tasks, or more of them.</summary>
    private void Enlist(PoolCall call)
    {
        if (!call.IsListed)
        {
            call.IsListed = true;
            _calls.Add(call);
        }
    }

    private void Delist(PoolCall call)
    {
        if (!call.IsListed)
        {
            return;
        }

        call.IsListed = false;
        _calls.Remove(call);
        foreach (PoolWorker worker in _workers)
        {
            if (worker.Calls.Remove(call.Id) && !worker.IsDead)
            {
                worker.SendNumber(PoolMessageKind.EndCall, call.Id);
            }
        }

        if (!call.IsReleased)
        {
            call.IsReleased = true;
            _scripts.Release(call.Script);
        }
    }

    private void Dispatch(long now)
    {
        MoveDue(now);
        bool any = true;
        while (any)
        {
            // First those who have nothing, so that tasks are spread; then those who will soon have nothing.
            any = false;
            foreach (PoolWorker worker in _workers)
            {
                any |= worker.InFlight.Count == 0 && Give(worker);
            }

            if (any)
            {
                continue;
            }

            // While others come up, long tasks stay in the queue for them, so that tasks begin in their order.
            bool mayCome = _starting > 0 || _workers.Exists(static worker => !worker.IsReady && !worker.IsDead);
            foreach (PoolWorker worker in _workers)
            {
                any |= worker.InFlight.Count > 0 && WantsMore(worker, now, mayCome) && Give(worker);
            }

            any = any || Balance(now);
        }
    }

    private static bool WantsMore(PoolWorker worker, long now, bool mayCome)
    {
        if (worker.InFlight.Count >= MostAhead || IsStuck(worker, now))
        {
            return false;
        }

        return (worker.InFlight.Count == 1 && !mayCome) || (worker.InFlight[0].Call.MeanTicks > 0 && worker.ExpectedTicks < s_enough);
    }

    /// <summary>Whether a worker runs a task that takes much longer than others do.</summary>
    private static bool IsStuck(PoolWorker worker, long now) =>
        worker.IsRunning && now - worker.Lane.BeginTime > Math.Max(s_long, 4 * worker.InFlight[0].Call.MeanTicks);

    private bool Give(PoolWorker worker)
    {
        if (!worker.IsReady || worker.IsLeaving || worker.IsDead || !worker.CanTakeTasks)
        {
            return false;
        }

        int left = (int)Math.Min(MostAhead - worker.InFlight.Count, (_options.MaxTasksPerWorker ?? long.MaxValue) - worker.TasksSent);
        if (left <= 0 || FindCall(worker) is not { } call)
        {
            return false;
        }

        if (!worker.Calls.Contains(call.Id) && !Introduce(worker, call))
        {
            return true;
        }

        int wanted = Math.Min(left, Math.Min(ushort.MaxValue, call.Chunks.Next(call.Pending.Count, Math.Min(call.Throttle, Math.Max(1, _workers.Count)), call.IsInputComplete)));
        if (worker.InFlight.Count == 1 && worker.ExpectedTicks >= s_enough)
        {
            wanted = 1;
        }

        if (worker.InFlight.Count == 0)
        {
            call.Pending[0].Future?.Begin();
        }

        foreach ((PoolTask task, ErrorRecord error) in worker.SendTasks(call, Math.Max(1, wanted), MostBytesAtOnce))
        {
            EndUnbegun(task, ProcessTaskState.Failed, error);
        }

        return true;
    }

    /// <summary>The next call, in turn, that has a task for a worker.</summary>
    private PoolCall? FindCall(PoolWorker worker)
    {
        for (int i = 0; i < _calls.Count; i++)
        {
            PoolCall call = _calls[(_round + i) % _calls.Count];
            if (call.Pending.Count > 0 && (call.Engaged < call.Throttle || worker.Involves(call)))
            {
                _round = (_round + i + 1) % _calls.Count;
                return call;
            }
        }

        return null;
    }

    /// <summary>Sends a worker what a call needs.</summary>
    /// <returns>False when it cannot be sent: the call's tasks have failed.</returns>
    private bool Introduce(PoolWorker worker, PoolCall call)
    {
        try
        {
            if (!worker.Scripts.Contains(call.Script.Message.Id))
            {
                worker.SendMessage(PoolMessageKind.Script, buffer =>
                {
                    Serialization.PayloadWriter writer = new(MessageCodec.Serializer, buffer);
                    call.Script.Message.Write(ref writer);
                    writer.Flush();
                });
                worker.Scripts.Add(call.Script.Message.Id);
            }

            worker.SendMessage(PoolMessageKind.Call, buffer =>
            {
                BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), call.Id);
                buffer.Advance(sizeof(int));
                Serialization.PayloadWriter writer = new(MessageCodec.Serializer, buffer);
                call.Message.Write(ref writer);
                writer.Flush();
            });
            worker.Calls.Add(call.Id);
            return true;
        }
        catch (NotSerializableException exception)
        {
            while (call.Pending.Count > 0)
            {
                EndUnbegun(call.Pending.RemoveFirst(), ProcessTaskState.Failed, new ErrorRecord(exception.ErrorRecord, null));
            }

            return false;
        }
    }

    private void MoveDue(long now)
    {
        foreach (PoolCall call in _calls)
        {
            for (int i = call.Delayed.Count - 1; i >= 0; i--)
            {
                if (call.Delayed[i].Due <= now)
                {
                    call.Pending.AddFirst(call.Delayed[i].Task);
                    call.Delayed.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Moves tasks from workers that have more than they can do soon to one that has nothing.</summary>
    private bool Balance(long now)
    {
        bool anyIdle = false;
        foreach (PoolWorker worker in _workers)
        {
            anyIdle |= worker.InFlight.Count == 0 && worker.IsReady && !worker.IsLeaving && !worker.IsDead && worker.CanTakeTasks;
        }

        bool any = false;
        foreach (PoolWorker worker in _workers)
        {
            int unbegun = worker.InFlight.Count > 1 ? worker.Unbegun : 0;
            if (unbegun == 0)
            {
                continue;
            }

            if (IsStuck(worker, now))
            {
                // With what others have ahead: else these would wait behind later ones there.
                any |= TakeBackAhead();
            }
            else if (anyIdle && CanMove(worker) && (worker.ExpectedTicks > s_worthMoving || now - worker.Lane.BeginTime > s_worthMoving))
            {
                any |= TakeBack(worker, (unbegun + 1) / 2);
                break;
            }
        }

        return any && anyIdle;
    }

    /// <summary>Whether another worker may run the last task of a worker.</summary>
    private static bool CanMove(PoolWorker worker)
    {
        PoolCall call = worker.InFlight[worker.InFlight.Count - 1].Call;
        return call.Engaged < call.Throttle;
    }

    private bool TakeBack(PoolWorker worker, int count)
    {
        int before = worker.InFlight.Count;
        worker.TakeBack(count, _back.Add);
        PutBackAll();
        return worker.InFlight.Count < before;
    }

    private void TakeBackUnbegun(PoolWorker worker) => TakeBack(worker, worker.InFlight.Count);

    private bool TakeBackAhead()
    {
        foreach (PoolWorker worker in _workers)
        {
            worker.TakeBack(worker.Unbegun, _back.Add);
        }

        bool any = _back.Count > 0;
        PutBackAll();
        return any;
    }

    /// <summary>Puts what was taken back in front of what waits, in the order in which it was there.</summary>
    private void PutBackAll()
    {
        _back.Sort(static (some, other) => other.Index.CompareTo(some.Index));
        foreach (PoolTask task in _back)
        {
            PutBack(task);
        }

        _back.Clear();
    }

    /// <summary>
    /// Takes all tasks from a dead worker but the one in its hand. Where it had several in its hand, they are of a pure script, and running them again does no harm: each by itself then,
    /// so that one that kills its worker is found.
    /// </summary>
    private void TakeBackAll(PoolWorker worker)
    {
        uint begun = worker.Lane.Begun;
        int inHand = 0;
        while (inHand < worker.InFlight.Count && TaskLane.IsBefore(worker.InFlight[inHand].Number, begun))
        {
            inHand++;
        }

        while (worker.InFlight.Count > (inHand == 1 ? 1 : 0))
        {
            bool wasInHand = worker.InFlight.Count <= inHand;
            PoolTask task = worker.TakeLast();
            task.IsAlone |= wasInHand;
            PutBack(task);
        }
    }

    private void PutBack(PoolTask task)
    {
        ErrorRecord? fault = null;
        if (task.Handles is not null)
        {
            task.Handles.Cancel();
            fault = Serialize(ref task);
        }

        if (fault is not null || _state == PoolState.Broken)
        {
            EndUnbegun(task, ProcessTaskState.Failed, fault ?? BrokenError());
        }
        else if (task.Call.IsCancelled || task.IsStopping || task.MustStop)
        {
            EndUnbegun(task, ProcessTaskState.Cancelled, new TaskCancelledException(task.Input).ErrorRecord);
        }
        else
        {
            task.Call.Pending.AddFirst(task);
        }
    }
}

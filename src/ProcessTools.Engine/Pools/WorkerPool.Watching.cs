using System.Diagnostics;

namespace ProcessTools.Engine.Pools;

/// <summary>How the pool keeps time limits and stops tasks, and finds out when it has to look again.</summary>
internal sealed partial class WorkerPool
{
    /// <summary>Ends what takes too long, and finds out when to look again.</summary>
    private void WatchTasks(long now)
    {
        long next = long.MaxValue;
        foreach (PoolWorker worker in _workers)
        {
            if (worker.KillAt != 0)
            {
                if (now >= worker.KillAt)
                {
                    worker.KillAt = 0;
                    worker.IsLeaving = true;
                    worker.Link.Process.KillTree();
                }
                else
                {
                    next = Math.Min(next, worker.KillAt);
                }
            }

            if (worker.InFlight.Count > 0)
            {
                next = Math.Min(next, Watch(worker, now));
            }

            if (worker.HasOutgoing)
            {
                next = Math.Min(next, now + (Stopwatch.Frequency / 1000));
            }
        }

        foreach (PoolCall call in _calls)
        {
            foreach ((long due, _) in call.Delayed)
            {
                next = Math.Min(next, due);
            }
        }

        _nextDeadline = next;
    }

    private long Watch(PoolWorker worker, long now)
    {
        long next = worker.InFlight.Count > 1 ? now + (long)s_long : long.MaxValue;
        if (!worker.IsRunning)
        {
            return next;
        }

        ref PoolTask task = ref worker.InFlight[0];
        task.Future?.Begin();
        if (task.IsStopping)
        {
            return next;
        }

        if (task.Call.IsCancelled || task.MustStop)
        {
            Stop(worker, ref task, ProcessTaskState.Cancelled, now);
        }
        else if (task.Call.TaskTimeout is { } timeout)
        {
            long due = worker.Lane.BeginTime + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
            if (now >= due)
            {
                Stop(worker, ref task, ProcessTaskState.TimedOut, now);
            }
            else
            {
                next = Math.Min(next, due);
            }
        }

        return next;
    }

    /// <summary>Tells the running task of a worker to stop, and the worker to end when it does not.</summary>
    private void Stop(PoolWorker worker, ref PoolTask task, ProcessTaskState reason, long now)
    {
        task.IsStopping = true;
        worker.KilledFor = reason;
        worker.KillAt = now + (long)(_options.Grace.TotalSeconds * Stopwatch.Frequency);
        worker.StopTask(task.Number);
        TakeBack(worker, worker.InFlight.Count - 1);
        _nextDeadline = Math.Min(_nextDeadline, worker.KillAt);
    }

    private void CancelLocked(PoolCall call)
    {
        if (call.IsCancelled)
        {
            return;
        }

        call.IsCancelled = true;
        call.IsInputComplete = true;
        while (call.Pending.Count > 0)
        {
            PoolTask task = call.Pending.RemoveFirst();
            EndUnbegun(task, ProcessTaskState.Cancelled, new TaskCancelledException(task.Input).ErrorRecord);
        }

        foreach ((_, PoolTask task) in call.Delayed.ToArray())
        {
            EndUnbegun(task, ProcessTaskState.Cancelled, new TaskCancelledException(task.Input).ErrorRecord);
        }

        call.Delayed.Clear();
        long now = Stopwatch.GetTimestamp();
        foreach (PoolWorker worker in _workers)
        {
            if (worker.Involves(call))
            {
                TakeBackUnbegun(worker);
                Watch(worker, now);
            }
        }

        if (call.IsIdle)
        {
            Delist(call);
        }
    }
}

using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pools.Hosting;

namespace ProcessTools.Engine.Pools;

/// <summary>How threads wait for the pool: each does the pool's work while it waits, and sleeps on the doorbell when there is none.</summary>
internal sealed partial class WorkerPool
{
    private const int MostStray = 1000;

    // While others do the pool's work, the thread in the background looks so often whether they still do.
    private static readonly TimeSpan s_nap = TimeSpan.FromMilliseconds(20);

    // After work it looks so often whether there is more that nobody waits for, for so long, before it sleeps until it is woken.
    private static readonly TimeSpan s_shortNap = TimeSpan.FromMilliseconds(2);
    private static readonly long s_wakeful = Stopwatch.Frequency / 10;

    private readonly List<PoolWorker> _graves = [];
    private readonly Queue<(PoolMessageKind Kind, object? Record)> _stray = new();
    private readonly ManualResetEventSlim _wake = new();
    private PoolWorker[] _watched = [];
    private Thread? _background;
    private int _foreground;
    private int _sleepers;
    private volatile bool _isBackgroundAsleep;
    private SpinPolicy _spin = new();

    /// <summary>Waits for a future of this pool.</summary>
    public bool WaitFor(TaskFuture future, TimeSpan timeout, CancellationToken cancellation) => WaitUntil(() => future.IsCompleted, timeout, cancellation);

    /// <summary>Does the pool's work until a condition is met.</summary>
    /// <param name="isMet">The condition.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="PipelineStoppedException">The calling pipeline is being stopped.</exception>
    public bool WaitUntil(Func<bool> isMet, TimeSpan timeout, CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(timeout);
        Interlocked.Increment(ref _foreground);
        try
        {
            bool wasWoken = true;
            while (true)
            {
                Work();
                SessionCallbacks.RunPending();
                if (isMet())
                {
                    return true;
                }

                cancellation.ThrowIfCancellationRequested();
                PipelineStop.ThrowIfStopping();
                TimeSpan left = deadline.Left;
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }

                wasWoken = Sleep(left, wasWoken, isMet, cancellation);
            }
        }
        finally
        {
            EndForeground();
        }
    }

    /// <summary>This thread does the pool's work no longer.</summary>
    private void EndForeground()
    {
        Interlocked.Decrement(ref _foreground);
        if (_counters.Unfinished > 0 && (_isBackgroundAsleep || _background is null))
        {
            Awaken();
        }
    }

    /// <summary>Does what there is to do now, and calls what is to be called outside of the lock.</summary>
    public void Work()
    {
        Pump();
        FlushAfterLock();
    }

    /// <summary>Wakes all who wait on the doorbell: something changed that no worker tells.</summary>
    public void WakeWaiters()
    {
        bool entered = false;
        try
        {
            _doorbell.AddReference(ref entered);
            _doorbell.Spot.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The pool is gone, and so are those who waited.
        }
        finally
        {
            _doorbell.Release(entered);
        }
    }

    /// <summary>Takes the records that belong to no task: what initialization scripts and native code wrote.</summary>
    public IReadOnlyList<(PoolMessageKind Kind, object? Record)> TakeStray()
    {
        lock (_gate)
        {
            if (_stray.Count == 0)
            {
                return [];
            }

            (PoolMessageKind, object?)[] stray = [.. _stray];
            _stray.Clear();
            return stray;
        }
    }

    private void AddStray(PoolMessageKind kind, object? record)
    {
        lock (_gate)
        {
            if (kind != PoolMessageKind.Progress && _stray.Count < MostStray)
            {
                _stray.Enqueue((kind, record));
            }
        }
    }

    private void FlushAfterLock()
    {
        while (_afterLock.TryDequeue(out Action? action))
        {
            action();
        }
    }

    /// <summary>Sleeps until a worker has something, or there is something to do, or the time is over.</summary>
    /// <returns>True when a worker had something.</returns>
    private bool Sleep(TimeSpan most, bool wasWoken, Func<bool>? isMet, CancellationToken cancellation)
    {
        bool entered = false;
        Interlocked.Increment(ref _sleepers);
        try
        {
            _doorbell.AddReference(ref entered);
            Results results = new(this, isMet);
            if (_spin.Spin(results))
            {
                return true;
            }

            // What a worker published without a wake-up is found when this short sleep is over (see PoolWorkerOutput).
            TimeSpan time = wasWoken ? PoolWorkerOutput.LookAgain : SharedWait.Slice;
            long next = Volatile.Read(ref _nextDeadline);
            if (next != long.MaxValue)
            {
                TimeSpan due = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
                time = due < time ? due : time;
            }

            time = most < time ? most : time;
            if (time <= TimeSpan.Zero)
            {
                return wasWoken;
            }

            using CancellationTokenRegistration registration = SharedWait.WakeWhenCancelled(_doorbell.Spot, cancellation);
            int ticket = _doorbell.Spot.Announce();
            if (results.IsMet || cancellation.IsCancellationRequested)
            {
                return true;
            }

            _doorbell.Spot.Park(ticket, time);
            return results.IsMet;
        }
        catch (ObjectDisposedException)
        {
            // The pool is over; what is still waited for is a callback of another session's.
            _wake.Wait(PoolWorkerOutput.LookAgain, CancellationToken.None);
            return false;
        }
        finally
        {
            _doorbell.Release(entered);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    /// <summary>Has the thread in the background look for work.</summary>
    private void Awaken()
    {
        if (_background is null)
        {
            lock (_wake)
            {
                if (_background is null)
                {
                    _background = new Thread(RunInBackground) { IsBackground = true, Name = $"ProcessTools {this}" };
                    _background.Start();
                }
            }
        }

        _wake.Set();
    }

    private void RunInBackground()
    {
        long lastWork = Stopwatch.GetTimestamp();
        bool wasWoken = true;
        while (true)
        {
            try
            {
                if (Volatile.Read(ref _foreground) > 0)
                {
                    lastWork = Stopwatch.GetTimestamp();
                    Nap(s_nap);
                    continue;
                }

                Work();
                bool isBusy;
                bool isFinished;
                lock (_gate)
                {
                    isBusy = _counters.Unfinished > 0 || _starting > 0 || _dying.Count > 0 || _workers.Any(static worker => worker.IsLeaving || !worker.IsReady);
                    isFinished = _isFinished && _workers.Count == 0 && _starting == 0 && _dying.Count == 0;
                    if (_isFinished && !isFinished)
                    {
                        TendWorkers(Stopwatch.GetTimestamp());
                    }
                }

                if (isFinished)
                {
                    EndBackground();
                    return;
                }

                if (isBusy)
                {
                    lastWork = Stopwatch.GetTimestamp();
                    wasWoken = Sleep(TimeSpan.MaxValue, wasWoken, null, CancellationToken.None);
                }
                else if (Stopwatch.GetTimestamp() - lastWork < s_wakeful)
                {
                    Nap(s_shortNap);
                }
                else
                {
                    // First say that we sleep, then look once more; who gives a task does it the other way round (Dekker).
                    _isBackgroundAsleep = true;
                    Interlocked.MemoryBarrier();
                    TimeSpan idle = IdleLeft();
                    if (idle != TimeSpan.Zero)
                    {
                        Nap(idle);
                    }

                    _isBackgroundAsleep = false;
                }
            }
            catch (Exception exception)
            {
                // Last catch of this thread: a fault of ours ends the pool, with its reason, and never the session.
                Fail(exception);
                return;
            }
        }
    }

    private void Nap(TimeSpan time)
    {
        _wake.Wait(time);
        _wake.Reset();
    }

    /// <summary>How long until idle workers leave; zero when there is work.</summary>
    private TimeSpan IdleLeft()
    {
        lock (_gate)
        {
            if (_counters.Unfinished > 0)
            {
                return TimeSpan.Zero;
            }

            if (_options.IdleTimeout is not { } idle || _workers.Count == 0)
            {
                return Timeout.InfiniteTimeSpan;
            }

            TimeSpan left = idle - Stopwatch.GetElapsedTime(_idleSince);
            return left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left;
        }
    }

    private void EndBackground()
    {
        lock (_gate)
        {
            DigGraves();
        }

        _doorbell.Dispose();
    }

    private void Fail(Exception exception)
    {
        lock (_gate)
        {
            Break(new ErrorRecord(exception, "PoolFailed", ErrorCategory.InvalidResult, this));
        }

        Terminate();
    }

    /// <summary>Frees the lanes of workers that are gone, when no thread looks at them.</summary>
    private void DigGraves()
    {
        if (_graves.Count == 0)
        {
            return;
        }

        // A full fence between the store of the watched workers and this look; a sleeper counts itself, with a full fence, before it loads them.
        Volatile.Write(ref _watched, [.. _workers]);
        if (Interlocked.CompareExchange(ref _sleepers, 0, 0) > 0)
        {
            return;
        }

        foreach (PoolWorker worker in _graves)
        {
            worker.Dispose();
        }

        _graves.Clear();
    }

    private bool HasResults()
    {
        PoolWorker[] workers = Volatile.Read(ref _watched);
        foreach (PoolWorker worker in workers)
        {
            if (worker.HasResults)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>That a worker has something, or what is waited for has come about through another thread.</summary>
    private readonly struct Results(WorkerPool pool, Func<bool>? isMet) : ICondition
    {
        public bool IsMet => pool.HasResults() || (isMet?.Invoke() ?? false);
    }
}

using System.Collections.Concurrent;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Pools;

/// <summary>Waits for several futures, of one pool or of several: Python's <c>wait</c> and <c>as_completed</c>. For one thread at a time.</summary>
internal sealed class FutureWait : IDisposable
{
    private readonly ProcessFuture[] _given;
    private readonly ProcessFuture[] _futures;
    private readonly Deadline _deadline;
    private readonly ConcurrentQueue<ProcessFuture> _done = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly WorkerPool? _pool;
    private int _unfinished;

    /// <summary>Begins.</summary>
    /// <param name="futures">The futures; of several that are the same, one.</param>
    /// <param name="timeout">How long to wait at most, from now.</param>
    public FutureWait(IEnumerable<ProcessFuture> futures, TimeSpan timeout)
    {
        _given = [.. futures];
        _futures = [.. _given.Distinct()];
        _deadline = Deadline.After(timeout);
        _unfinished = _futures.Length;
        WorkerPool?[] pools = [.. _futures.Select(static future => (future as TaskFuture)?.Pool).Distinct().Take(2)];
        _pool = pools.Length == 1 ? pools[0] : null;
        foreach (ProcessFuture future in _futures)
        {
            future.OnCompleted(Take);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _futures.Length;

    /// <summary>How many are not done.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>Those that are done, in the order in which they were given.</summary>
    public IEnumerable<ProcessFuture> Done => _given.Where(static future => future.IsCompleted);

    /// <summary>Whether one is done.</summary>
    public bool HasDone() => Array.Exists(_futures, static future => future.IsCompleted);

    /// <summary>Whether one has ended without a result.</summary>
    public bool HasFailed() => Array.Exists(_futures, static future => future.State > ProcessTaskState.Completed);

    /// <summary>Takes those that are done and were not taken before, in the order in which they were done.</summary>
    public IEnumerable<ProcessFuture> TakeDone()
    {
        while (_done.TryDequeue(out ProcessFuture? future))
        {
            yield return future;
        }
    }

    /// <summary>Waits until all are done, or a condition is met.</summary>
    /// <param name="isEnough">The condition; called each time that some are done.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Until(Func<bool> isEnough, CancellationToken cancellation)
    {
        while (true)
        {
            int unfinished = Unfinished;
            if (isEnough() || unfinished == 0)
            {
                return true;
            }

            TimeSpan left = _deadline.Left;
            if (left <= TimeSpan.Zero || !WaitForNews(unfinished, left, cancellation))
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _news.Dispose();

    private bool WaitForNews(int unfinished, TimeSpan left, CancellationToken cancellation)
    {
        if (_pool is not null)
        {
            return _pool.WaitUntil(() => Unfinished != unfinished, left == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : left, cancellation);
        }

        Deadline deadline = Deadline.After(left == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : left);
        while (Unfinished == unfinished)
        {
            SessionCallbacks.RunPending();
            PipelineStop.ThrowIfStopping();
            TimeSpan slice = deadline.Left;
            if (slice <= TimeSpan.Zero)
            {
                return false;
            }

            _news.Wait(slice < SharedWait.Slice ? slice : SharedWait.Slice, cancellation);
        }

        return true;
    }

    private void Take(ProcessFuture future)
    {
        _done.Enqueue(future);
        Interlocked.Decrement(ref _unfinished);
        try
        {
            _news.Release();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }
}

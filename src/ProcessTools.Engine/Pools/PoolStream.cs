using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>Items that go to a pool one after another, and their results that come back; never more of either in memory than keeps the workers at work. For one thread at a time.</summary>
internal sealed class PoolStream : IDisposable
{
    // Read ahead: so much work for each worker, by what items took so far.
    private const double AheadSeconds = 0.05;
    private const int MostPending = 16 * 1024;

    // Results that wait for an earlier item.
    private const int MostHeld = 100_000;

    // The pool's work is done every so many items, or after such a time.
    private const int WorkInterval = 32;
    private static readonly long s_workTicks = Stopwatch.Frequency / 10_000;

    private readonly WorkerPool _pool;
    private readonly StreamCall _call;
    private readonly PoolArguments _how;
    private readonly Func<bool> _hasNews;
    private long _lastWork;
    private int _sinceWork;
    private bool _isDisposed;

    private PoolStream(WorkerPool pool, StreamCall call, PoolArguments how)
    {
        _pool = pool;
        _call = call;
        _how = how;
        _hasNews = HasNews;
    }

    /// <summary>How many items have ended.</summary>
    public long Ended => _call.Ended;

    /// <summary>How many of them did not end with a result.</summary>
    public long Failures => _call.Failures;

    /// <summary>How many items were added.</summary>
    public long Added => _call.Added;

    /// <summary>How many items workers have.</summary>
    public int InFlight => _call.InFlight;

    /// <summary>True when another item may be added.</summary>
    public bool HasRoom
    {
        get
        {
            if (_call.Added - _call.HandedOn >= MostHeld || _call.HeldBytes >= StreamCall.MostHeldBytes)
            {
                return _call.IsIdle && !_call.HasEvents;
            }

            int pending = _call.Pending.Count;
            int workers = Math.Min(_call.Throttle, _pool.Size);
            int least = 2 * workers;
            if (pending < least)
            {
                return true;
            }

            double mean = _call.MeanTicks / Stopwatch.Frequency;
            return mean > 0 && pending < Math.Min(MostPending, workers * AheadSeconds / mean);
        }
    }

    /// <summary>True when every item has ended and its results were taken.</summary>
    public bool IsFinished => _call.IsInputComplete && _call.IsIdle && _call.IsEmpty;

    /// <summary>Begins.</summary>
    /// <exception cref="PoolClosedException">The pool takes no more tasks.</exception>
    public static PoolStream Begin(WorkerPool pool, ScriptBlock script, PoolStreamOptions options)
    {
        pool.ThrowIfClosed();
        ScriptCapture capture = options.Capture ?? PoolScripts.Capture(script);
        PoolScriptEntry entry = pool.Scripts.Get(script, options.Initialization, capture);
        PoolCallMessage message = new()
        {
            Id = pool.NextCallId(),
            ScriptId = entry.Message.Id,
            UsingValues = capture.UsingValues,
            Arguments = options.Arguments,
            Location = options.Location,
            Environment = options.Environment,
            Variables = options.Variables,
            StopsAtErrors = options.StopsAtErrors,
        };
        try
        {
            message.Check();
        }
        catch
        {
            pool.Scripts.Release(entry);
            throw;
        }

        RetryPolicy? retry = options.Retry ?? pool.DefaultRetry();
        StreamCall call = new(pool, entry, message, options.IsOrdered, options.IsWhole || retry is not null)
        {
            Throttle = options.Throttle ?? int.MaxValue,
            Chunks = new ChunkSizer(options.ChunkSize),
            TaskTimeout = options.TaskTimeout ?? pool.DefaultTimeout,
            Retry = retry,
            TellsEnds = options.TellsEnds,
        };
        return new PoolStream(pool, call, options.How);
    }

    /// <summary>Adds an item.</summary>
    /// <returns>True when results may have come.</returns>
    /// <exception cref="PoolClosedException">The pool takes no more tasks.</exception>
    public bool Add(object? item)
    {
        _pool.Add(_call, item, _how);
        if (++_sinceWork < WorkInterval && Stopwatch.GetTimestamp() - _lastWork < s_workTicks)
        {
            return false;
        }

        Work();
        return true;
    }

    /// <summary>Passes over an item.</summary>
    public void Skip() => _pool.Skip(_call);

    /// <summary>There are no more items.</summary>
    public void Complete()
    {
        _pool.EndCall(_call);
        Work();
    }

    /// <summary>Takes what has come.</summary>
    /// <returns>How many events.</returns>
    public int Take(List<ItemEvent> into)
    {
        int before = into.Count;
        _pool.Take(_call, into);
        return into.Count - before;
    }

    /// <summary>Waits until results have come, or there is room, or all is finished.</summary>
    /// <param name="most">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Wait(TimeSpan most, CancellationToken cancellation) => _pool.WaitUntil(_hasNews, most, cancellation);

    /// <summary>Stops what has not ended: items that wait are dropped, running ones are stopped.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            if (!IsFinished)
            {
                _pool.CancelCall(_call);
            }
        }
    }

    private bool HasNews() => _call.HasEvents || (_call.IsInputComplete ? _call.IsIdle : HasRoom);

    private void Work()
    {
        _sinceWork = 0;
        _pool.Kick();
        _lastWork = Stopwatch.GetTimestamp();
    }
}

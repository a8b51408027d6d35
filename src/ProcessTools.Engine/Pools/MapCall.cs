using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>A call on a known number of items whose results are an array.</summary>
internal sealed class MapCall : PoolCall
{
    private readonly WorkerPool _pool;
    private readonly object?[] _results;
    private readonly byte[] _counts;
    private readonly Dictionary<int, List<object?>> _several = [];
    private long _left;
    private long _failedIndex = long.MaxValue;
    private TaskEnd _failure;
    private double _seconds;

    /// <summary>Makes it.</summary>
    public MapCall(WorkerPool pool, PoolScriptEntry script, PoolCallMessage message, int count)
        : base(script, message)
    {
        _pool = pool;
        _results = new object?[count];
        _counts = new byte[count];
        _left = count;
        Future = new MapFuture(pool, _results) { Call = this };
    }

    /// <summary>The future of the results.</summary>
    public MapFuture Future { get; }

    /// <inheritdoc/>
    public override void OnRestart(in PoolTask task)
    {
        int index = (int)task.Index;
        _results[index] = null;
        _counts[index] = 0;
        _several.Remove(index);
    }

    /// <inheritdoc/>
    public override void OnOutput(in PoolTask task, object? value, int bytes)
    {
        int index = (int)task.Index;
        if (_counts[index] == 0)
        {
            _counts[index] = 1;
            _results[index] = value;
            return;
        }

        if (_counts[index] == 1)
        {
            _counts[index] = 2;
            _several[index] = [_results[index]];
        }

        _several[index].Add(value);
    }

    /// <inheritdoc/>
    public override void OnRecord(in PoolTask task, PoolMessageKind kind, object? record, int worker)
    {
        if (record is not null && kind != PoolMessageKind.Progress)
        {
            Future.AddRecord(record);
        }
    }

    /// <inheritdoc/>
    public override void OnEnded(in PoolTask task, in TaskEnd end)
    {
        Future.Begin();
        if (_several.Count > 0 && _several.Remove((int)task.Index, out List<object?>? several))
        {
            _results[task.Index] = several.ToArray();
        }

        if (end.State != ProcessTaskState.Completed && task.Index < _failedIndex)
        {
            _failedIndex = task.Index;
            _failure = end;
        }

        _seconds += end.Duration.TotalSeconds;
        if (--_left == 0)
        {
            End();
        }
    }

    /// <summary>Ends a map of nothing.</summary>
    public void EndIfEmpty()
    {
        if (_left == 0)
        {
            End();
        }
    }

    private void End()
    {
        bool isDone = _failedIndex == long.MaxValue;
        ErrorRecord? error = isDone ? null : _failure.Error;
        _pool.AfterLock(Future.End(new TaskEnd
        {
            State = isDone ? ProcessTaskState.Completed : _failure.State,
            Error = error,
            Duration = TimeSpan.FromSeconds(_seconds),
            Attempts = 1,
        }));
        _pool.EndCall(this);
    }
}

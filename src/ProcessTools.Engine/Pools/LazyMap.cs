using System.Collections;
using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>The results of a script block on items that are read as the results are wanted.</summary>
internal sealed class LazyMap(WorkerPool pool, ScriptBlock script, object? items, int chunkSize, bool isOrdered) : IEnumerable<object?>
{
    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => new Enumerator(pool, script, items, chunkSize, isOrdered);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Not an iterator method, because enumeration can go on after an item's error.</summary>
    private sealed class Enumerator : IEnumerator<object?>
    {
        private readonly PoolStream _stream;
        private readonly IEnumerator<object?> _input;
        private readonly List<ItemEvent> _events = [];
        private int _next;
        private bool _isComplete;

        public Enumerator(WorkerPool pool, ScriptBlock script, object? items, int chunkSize, bool isOrdered)
        {
            ArgumentNullException.ThrowIfNull(script);
            _stream = PoolStream.Begin(pool, script, new PoolStreamOptions { IsOrdered = isOrdered, IsWhole = true, TellsEnds = true, StopsAtErrors = true, ChunkSize = chunkSize == 0 ? null : chunkSize });
            _input = ItemList.Enumerate(items).GetEnumerator();
        }

        public object? Current { get; private set; }

        public bool MoveNext()
        {
            while (true)
            {
                if (TryTakeNext(out ErrorRecord? error))
                {
                    return error is null ? true : throw new ProcessTaskException(error);
                }

                if (_stream.IsFinished && _stream.Take(_events) == 0)
                {
                    return false;
                }

                if (_next < _events.Count)
                {
                    continue;
                }

                Feed();
                if (_stream.Take(_events) == 0 && !_stream.IsFinished)
                {
                    _stream.Wait(Timeout.InfiniteTimeSpan, CancellationToken.None);
                    _stream.Take(_events);
                }
            }
        }

        public void Reset() => throw new NotSupportedException();

        // PowerShell does not dispose of an enumerator that a loop leaves early.
        ~Enumerator()
        {
            // Null where the constructor threw.
            if (_stream is not null)
            {
                ThreadPool.UnsafeQueueUserWorkItem(Abandon, _stream, preferLocal: false);
            }
        }

        public void Dispose()
        {
            GC.SuppressFinalize(this);
            _stream.Dispose();
            _input.Dispose();
        }

        private static void Abandon(PoolStream stream)
        {
            try
            {
                stream.Dispose();
            }
            catch (Exception)
            {
                // Last catch of this thread: what was left early is nobody's concern any more.
            }
        }

        private bool TryTakeNext(out ErrorRecord? error)
        {
            error = null;
            List<object?> outputs = [];
            while (_next < _events.Count)
            {
                ItemEvent item = _events[_next++];
                if (item.Kind == PoolMessageKind.Output)
                {
                    outputs.Add(item.Value);
                }
                else if (item.Kind == PoolMessageKind.Done)
                {
                    TaskEnd end = (TaskEnd)item.Value!;
                    error = end.State == ProcessTaskState.Completed ? null : end.Error;
                    Current = ItemList.ToResult(outputs);
                    return true;
                }
            }

            _events.Clear();
            _next = 0;
            return false;
        }

        private void Feed()
        {
            while (!_isComplete && _stream.HasRoom)
            {
                bool hasNext;
                try
                {
                    hasNext = _input.MoveNext();
                }
                catch
                {
                    _stream.Dispose();
                    throw;
                }

                if (!hasNext)
                {
                    _isComplete = true;
                    _stream.Complete();
                }
                else
                {
                    _stream.Add(_input.Current);
                }
            }
        }
    }
}

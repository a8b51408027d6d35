using ProcessTools.Engine.Channels;

namespace ProcessTools.Engine.State;

/// <summary>A line to a store of this process: the calling thread does what it asks itself.</summary>
internal sealed class LocalLine(StateHub hub, string name) : StateLine
{
    private readonly Caller _caller = new();
    private bool _isDisposed;

    /// <inheritdoc/>
    public override bool IsUsable => !_isDisposed;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _isDisposed = true;
        lock (hub.Store.Gate)
        {
            hub.Store.Leave(_caller);
        }

        _caller.Dispose();
    }

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> ExchangeCore(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        lock (hub.Store.Gate)
        {
            if (hub.Store.IsDisposed)
            {
                throw new SharedStateRemovedException(name);
            }

            _caller.Reset();
            if (hub.Store.Execute(Request.WrittenMemory, _caller.Call))
            {
                return _caller.Call.Response.WrittenMemory;
            }
        }

        // The hub's thread keeps the time.
        hub.Wake();
        Wait(cancellation);
        return _caller.Call.Response.WrittenMemory;
    }

    private void Wait(CancellationToken cancellation)
    {
        bool isDone = false;
        try
        {
            while (!_caller.Wait(Memory.SharedWait.Slice, cancellation))
            {
                PipelineStop.ThrowIfStopping();
            }

            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                lock (hub.Store.Gate)
                {
                    hub.Store.GiveUp(_caller.Call);
                }
            }
        }
    }

    /// <summary>A thread of this process as the store sees it.</summary>
    private sealed class Caller : StateCaller, IDisposable
    {
        private readonly ManualResetEventSlim _completed = new(initialState: false, spinCount: 0);

        /// <inheritdoc/>
        public override int ProcessId => Environment.ProcessId;

        /// <summary>Before a call.</summary>
        public void Reset() => _completed.Reset();

        /// <summary>Waits for the end of a call.</summary>
        public bool Wait(TimeSpan timeout, CancellationToken cancellation) => _completed.Wait(timeout, cancellation);

        /// <inheritdoc/>
        public override void Complete() => _completed.Set();

        /// <inheritdoc/>
        public void Dispose() => _completed.Dispose();
    }
}

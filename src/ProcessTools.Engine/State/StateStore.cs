using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>
/// All that a state has: objects by name, and the calls that wait. Everything happens under one gate, one call after the other, so each call is atomic. It knows bytes only; values are serialized and compared by clients.
/// </summary>
/// <remarks>
/// A transaction is the right of one caller to be the only one: others' calls wait until it is over, and each of its changes is written down with what takes it back. So others see all of its changes or none, and when its caller dies
/// all is as before.
/// </remarks>
internal sealed partial class StateStore : IDisposable
{
    /// <summary>In the place of a version that was seen: the one at the time of the call.</summary>
    public const long Now = -1;

    // What is waited for behind a transaction: a script in a transaction that takes longer does something else than changing a state.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<int, StoreObject> _byId = [];
    private readonly Dictionary<string, StoreObject> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<StateCall> _parked = [];
    private readonly List<StateCall> _waiting = [];
    private readonly List<StoreObject> _removed = [];
    private long _version;
    private int _lastId;

    /// <summary>Held for each call, and for each look.</summary>
    public object Gate { get; } = new();

    /// <summary>The transaction that is under way, or null.</summary>
    public StateTransaction? Transaction { get; private set; }

    /// <summary>What <see cref="NextVersion"/> will return.</summary>
    public long UpcomingVersion => _version + 1;

    /// <summary>True once all was taken away.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>True once a client has asked for the end of the state.</summary>
    public bool IsEndWanted { get; private set; }

    /// <summary>How many objects there are.</summary>
    public int Count => _byName.Count;

    /// <summary>True when a call waits that has a deadline.</summary>
    public bool HasDeadlines => _parked.Count > 0 || _waiting.Count > 0;

    /// <summary>About how many bytes all objects take.</summary>
    public long Bytes => _byName.Values.Sum(static item => item.Bytes);

    /// <summary>Counts a change.</summary>
    public long NextVersion() => ++_version;

    /// <summary>Reads how long to wait: milliseconds, or -1 for as long as it takes.</summary>
    public static Deadline ReadDeadline(ref StateFrameReader request)
    {
        long milliseconds = request.ReadInt64();
        return Deadline.After(milliseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(milliseconds));
    }

    /// <summary>Does what a request asks. Under the gate.</summary>
    /// <returns>True when the response is there; false when the caller's <see cref="StateCaller.Complete"/> will be called.</returns>
    /// <exception cref="InvalidDataFrameException">It is no request; nothing was changed.</exception>
    public bool Execute(ReadOnlyMemory<byte> request, StateCall call)
    {
        call.Response.Clear();
        StateFrameReader reader = new(request);
        StateOperation operation = (StateOperation)reader.ReadByte();
        if (call.Parked is not null || call.Watched is not null)
        {
            throw new InvalidDataFrameException("A request while another one waits.");
        }

        // The end of all does not wait for the end of a transaction.
        if (Transaction is not null && Transaction.Owner != call.Caller && operation != StateOperation.End)
        {
            call.Parked = request.ToArray();
            call.Deadline = operation == StateOperation.Begin ? ReadDeadline(ref reader) : Deadline.After(s_patience);
            if (call.Deadline.Left > TimeSpan.Zero)
            {
                _parked.Add(call);
                return false;
            }

            WriteBusy(call);
            return true;
        }

        return operation < StateOperation.Get ? ExecuteOwn(operation, ref reader, call) : ExecuteFor(operation, ref reader, call);
    }

    /// <summary>Completes a call that waited. Under the gate.</summary>
    public void Complete(StateCall call)
    {
        _waiting.Remove(call);
        call.Watched = null;
        call.Caller.Complete();
    }

    /// <summary>Ends the waits whose time is over. Under the gate.</summary>
    /// <returns>How long it is until the next.</returns>
    public TimeSpan Expire()
    {
        TimeSpan next = TimeSpan.MaxValue;
        for (int i = _parked.Count - 1; i >= 0; i--)
        {
            StateCall call = _parked[i];
            if (call.Deadline.Left <= TimeSpan.Zero)
            {
                _parked.RemoveAt(i);
                call.Parked = null;
                WriteBusy(call);
                call.Caller.Complete();
            }
            else if (call.Deadline.Left < next)
            {
                next = call.Deadline.Left;
            }
        }

        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            StateCall call = _waiting[i];
            if (call.Deadline.Left <= TimeSpan.Zero)
            {
                call.Watched?.Unwatch(call);
                call.Response.Clear();
                call.Response.WriteStatus(StateStatus.TimedOut);
                Complete(call);
            }
            else if (call.Deadline.Left < next)
            {
                next = call.Deadline.Left;
            }
        }

        return next;
    }

    /// <summary>A caller waits no longer for the call that it made. Under the gate.</summary>
    public void GiveUp(StateCall call)
    {
        if (call.Parked is not null)
        {
            call.Parked = null;
            _parked.Remove(call);
        }

        if (call.Watched is { } watched)
        {
            watched.Unwatch(call);
            _waiting.Remove(call);
            call.Watched = null;
        }
    }

    /// <summary>A caller is gone: what it waited for is forgotten, and a transaction of its is taken back. Under the gate.</summary>
    public void Leave(StateCaller caller)
    {
        GiveUp(caller.Call);
        if (Transaction?.Owner == caller)
        {
            EndTransaction(isCommitted: false);
        }
    }

    /// <summary>Takes all objects away.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (IsDisposed)
            {
                return;
            }

            IsDisposed = true;
            foreach (StoreObject item in _byName.Values)
            {
                item.Free();
            }

            _byName.Clear();
            _byId.Clear();
        }
    }

    private bool ExecuteFor(StateOperation operation, ref StateFrameReader reader, StateCall call)
    {
        int id = reader.ReadInt32();
        if (_byId.TryGetValue(id, out StoreObject? item))
        {
            return item.Execute(operation, ref reader, call);
        }

        call.Response.WriteStatus(StateStatus.Removed);
        return true;
    }

    private bool ExecuteOwn(StateOperation operation, ref StateFrameReader reader, StateCall call)
    {
        PooledBufferWriter response = call.Response;
        switch (operation)
        {
            case StateOperation.Open:
                Open(StoreRequest.Read(ref reader), response);
                break;
            case StateOperation.Find:
                Find(reader.ReadText() ?? string.Empty, response);
                break;
            case StateOperation.Remove:
                response.WriteStatus(_byName.TryGetValue(reader.ReadText() ?? string.Empty, out StoreObject? item) ? StateStatus.Done : StateStatus.No);
                if (item is not null)
                {
                    Remove(item);
                }

                break;
            case StateOperation.Clear:
                foreach (StoreObject each in _byName.Values.ToArray())
                {
                    Remove(each);
                }

                response.WriteStatus(StateStatus.Done);
                break;
            case StateOperation.GetObjects:
                WriteObjects(response);
                break;
            case StateOperation.Begin:
                Transaction ??= new StateTransaction(call.Caller);
                response.WriteStatus(StateStatus.Done);
                break;
            case StateOperation.Mark:
                response.WriteStatus(StateStatus.Done);
                response.WriteInt32(Transaction?.Mark ?? 0);
                break;
            case StateOperation.RollBackTo:
                int mark = reader.ReadInt32();
                response.WriteStatus(Transaction is null ? StateStatus.NoTransaction : StateStatus.Done);
                Transaction?.RollBackTo(Math.Clamp(mark, 0, Transaction.Mark));
                break;
            case StateOperation.Commit:
            case StateOperation.RollBack:
                response.WriteStatus(Transaction is null ? StateStatus.NoTransaction : StateStatus.Done);
                if (Transaction is not null)
                {
                    EndTransaction(operation == StateOperation.Commit);
                }

                break;
            case StateOperation.End:
                IsEndWanted = true;
                response.WriteStatus(StateStatus.Done);
                break;
            default:
                throw new InvalidDataFrameException($"A state has no operation {operation}.");
        }

        return true;
    }

    private void EndTransaction(bool isCommitted)
    {
        StateTransaction transaction = Transaction!;
        if (!isCommitted)
        {
            transaction.RollBackTo(0);
            _removed.Clear();
        }

        Transaction = null;
        foreach (StoreObject removed in _removed)
        {
            // What was removed, and put back by a savepoint, is still wanted.
            if (!_byId.ContainsKey(removed.Id))
            {
                removed.Free();
            }
        }

        _removed.Clear();
        foreach (StoreObject changed in transaction.GetChanged())
        {
            changed.Notify();
        }

        // In the order in which they came; the first of them that begins a transaction of its own stops the others again.
        while (Transaction is null && _parked.Count > 0)
        {
            StateCall call = _parked[0];
            _parked.RemoveAt(0);
            byte[] request = call.Parked!;
            call.Parked = null;
            try
            {
                if (Execute(request, call))
                {
                    call.Caller.Complete();
                }
            }
            catch (InvalidDataFrameException)
            {
                // Whose request cannot be understood is its own affair, not that of the one whose transaction ends.
                call.Caller.Refuse();
            }
        }
    }

    private void WriteBusy(StateCall call)
    {
        call.Response.Clear();
        call.Response.WriteStatus(StateStatus.Busy);
        call.Response.WriteInt32(Transaction?.Owner.ProcessId ?? 0);
    }
}

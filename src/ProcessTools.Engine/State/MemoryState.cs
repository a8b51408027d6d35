using System.Collections.Concurrent;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Queues;

namespace ProcessTools.Engine.State;

/// <summary>A state as one process sees it: of its own, or of another process's hub. Thread-safe.</summary>
internal sealed partial class MemoryState : SharedState, ITraveller
{
    // What a pool of lines keeps; more are made when more threads ask at once, and closed afterwards.
    private const int MostIdleLines = 16;

    private readonly StateHub? _hub;
    private readonly HubSegment _segment;
    private readonly int _holder;
    private readonly ConcurrentDictionary<string, (int Id, object Object)> _objects = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentStack<StateLine> _idle = new();
    private StateLine? _handy;
    private volatile bool _isDisposed;

    /// <summary>Makes the client of a hub.</summary>
    /// <param name="hub">The hub, when it is this process's.</param>
    /// <param name="segment">Its segment.</param>
    /// <param name="name">The state's name, or null.</param>
    /// <param name="holder">This process's place among the holders.</param>
    public MemoryState(StateHub? hub, HubSegment segment, string? name, int holder)
    {
        _hub = hub;
        _segment = segment;
        _holder = holder;
        Name = name;
    }

    /// <inheritdoc/>
    public override string? Name { get; }

    /// <inheritdoc/>
    public override string Id => Path.GetFileNameWithoutExtension(_segment.Address);

    /// <summary>What another process opens it by.</summary>
    public string Address => _segment.Address;

    /// <inheritdoc/>
    public override int ProcessId => (int)(uint)_segment.Hub;

    /// <inheritdoc/>
    public override bool IsOpen => !_isDisposed && _segment.IsUsable;

    /// <summary>True when this process has the hub.</summary>
    public bool IsOwn => _hub is not null;

    /// <summary>Adds a token for this handle to those on their way.</summary>
    /// <exception cref="NotSerializableException">This process has let go of the state.</exception>
    public long Depart()
    {
        if (_isDisposed)
        {
            throw new NotSerializableException("$", $"the shared state '{this}' was disposed of in this process and cannot be passed on from here.");
        }

        long token = _segment.Holders.AddTraveller(Carrier.Self);
        GC.KeepAlive(this);
        return token != 0 ? token : throw new TooManyHoldersException(Id, HolderTable.Count);
    }

    /// <summary>A token has arrived in a process that holds the state already, or was not sent.</summary>
    public void Arrived(long token)
    {
        _segment.Holders.RemoveTraveller(token);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    void ITraveller.Board(long token, Carrier carrier)
    {
        _segment.Holders.SetCarrier(token, carrier);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    void ITraveller.Return(long token) => Arrived(token);

    /// <summary>The name of a queue of this state, or null.</summary>
    public string? NameOf(MemoryQueue queue)
    {
        foreach ((string name, (_, object item)) in _objects)
        {
            if (ReferenceEquals(item, queue))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>A line for one call, or for a transaction: the one of this thread's transaction, or one that nobody uses.</summary>
    public StateLine Rent()
    {
        if (TransactionScope.Find(this) is { } scope)
        {
            scope.Line.Enter();
            return scope.Line;
        }

        StateLine? line = Interlocked.Exchange(ref _handy, null);
        while (line is not null || _idle.TryPop(out line))
        {
            if (line.IsUsable)
            {
                return line;
            }

            line = null;
        }

        if (_isDisposed)
        {
            LaneLine.ThrowIfOver(_segment, ToString());
            throw new SharedStateRemovedException(ToString());
        }

        return _hub is not null ? new LocalLine(_hub, ToString()) : LaneLine.Open(_segment, ToString());
    }

    /// <summary>Gives a line back.</summary>
    public void Return(StateLine line)
    {
        if (TransactionScope.Find(this)?.Line == line)
        {
            line.Leave();
            return;
        }

        if (!line.IsUsable)
        {
            line.Dispose();
            return;
        }

        StateLine? before = Interlocked.Exchange(ref _handy, line);
        if (before is not null)
        {
            if (_idle.Count < MostIdleLines)
            {
                _idle.Push(before);
            }
            else
            {
                before.Dispose();
            }
        }

        if (_isDisposed)
        {
            CloseLines();
        }
    }

    /// <summary>The error of a request that did not end as it should.</summary>
    public ProcessToolsException ErrorOf(StateStatus status, StateLine line, string name) => status switch
    {
        StateStatus.TooLarge => new NotSerializableException("$", $"all of '{name}' is larger than the 2 GiB that one array holds; read it in pieces."),
        StateStatus.Removed => new SharedObjectRemovedException(name),
        StateStatus.Busy => new SharedStateBusyException(ToString(), line.ReadInt32()),
        StateStatus.Overflow => new NotANumberException(name, "has a number that would become larger than the largest Int64."),
        StateStatus.WaitInTransaction => new SharedStateBusyException(ToString(), Environment.ProcessId, "is kept by the transaction that waits for the change, so nobody can make it. Wait outside the transaction."),
        StateStatus.Mismatch => new SharedObjectMismatchException(name, line.ReadText() ?? string.Empty, line.ReadText() ?? string.Empty),
        StateStatus.MemoryFull => new SharedMemoryFullException(line.ReadText() ?? string.Empty, line.ReadInt64(), new IOException(line.ReadText())),
        _ => new InvalidDataFrameException($"The shared state '{this}' answered {status}."),
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_isDisposed || (_hub is not null && disposing))
        {
            // A session's own ends with the session.
            return;
        }

        _isDisposed = true;
        CloseLines();
        if (_holder >= 0)
        {
            _segment.Holders.Release(_holder);
        }

        GC.KeepAlive(_segment);
    }

    private void CloseLines()
    {
        Interlocked.Exchange(ref _handy, null)?.Dispose();
        while (_idle.TryPop(out StateLine? line))
        {
            line.Dispose();
        }
    }
}

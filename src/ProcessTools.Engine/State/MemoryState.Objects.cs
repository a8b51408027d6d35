using System.Management.Automation;
using ProcessTools.Engine.Queues;

namespace ProcessTools.Engine.State;

/// <summary>What a state has, by name.</summary>
internal sealed partial class MemoryState
{
    /// <inheritdoc/>
    public override SharedObjectInfo[] Objects => HubObject.Property(GetObjects);

    /// <inheritdoc/>
    public override SharedDictionary Items => HubObject.Property(() => Dictionary("Items"));

    /// <inheritdoc/>
    public override SharedDictionary Dictionary(string? name = null, bool caseSensitive = false) =>
        Open<SharedDictionary>(new StoreRequest { Name = Checked(name), Options = new SyncOptions { Kind = SharedObjectKind.Dictionary, Count = StoreRequest.Unspecified }, IsCaseSensitive = caseSensitive });

    /// <inheritdoc/>
    public override SharedList List(string? name = null) => Open<SharedList>(Simple(name, SharedObjectKind.List));

    /// <inheritdoc/>
    public override SharedNamespace Namespace(string? name = null) => Open<SharedNamespace>(Simple(name, SharedObjectKind.Namespace));

    /// <inheritdoc/>
    public override SharedValue Value(string name) => Open<SharedValue>(Existing(name, SharedObjectKind.Value));

    /// <inheritdoc/>
    public override SharedValue Value(string? name, object initial) => Open<SharedValue>(new StoreRequest { Name = Checked(name), Options = ValueObjects.OptionsOf(initial) });

    /// <inheritdoc/>
    public override SharedArray Array(string name) => Open<SharedArray>(Existing(name, SharedObjectKind.Array));

    /// <inheritdoc/>
    public override SharedArray Array(string? name, Type elementType, int count) =>
        Open<SharedArray>(new StoreRequest { Name = Checked(name), Options = ValueObjects.OptionsOf(elementType, count) });

    /// <inheritdoc/>
    public override SharedArray Array(string? name, Array initial) => Open<SharedArray>(new StoreRequest { Name = Checked(name), Options = ValueObjects.OptionsOf(initial) });

    /// <inheritdoc/>
    public override SharedLock Lock(string? name = null) => Open<SharedLock>(Simple(name, SharedObjectKind.Lock));

    /// <inheritdoc/>
    public override SharedRLock RLock(string? name = null) => Open<SharedRLock>(Simple(name, SharedObjectKind.RLock));

    /// <inheritdoc/>
    public override SharedSemaphore Semaphore(string? name = null, int? initial = null) => Open<SharedSemaphore>(Counted(name, SharedObjectKind.Semaphore, initial, least: 0));

    /// <inheritdoc/>
    public override SharedBoundedSemaphore BoundedSemaphore(string? name = null, int? initial = null) =>
        Open<SharedBoundedSemaphore>(Counted(name, SharedObjectKind.BoundedSemaphore, initial, least: 0));

    /// <inheritdoc/>
    public override SharedEvent Event(string? name = null) => Open<SharedEvent>(Simple(name, SharedObjectKind.Event));

    /// <inheritdoc/>
    public override SharedCondition Condition(string? name = null, SharedLockable? sharedLock = null)
    {
        if (sharedLock is not (null or SharedLock or SharedRLock))
        {
            throw new ArgumentException("A condition works with a lock or a re-entrant lock.", nameof(sharedLock));
        }

        if (sharedLock is not null && sharedLock.State.Id != Id)
        {
            throw new ArgumentException($"The lock '{sharedLock.Name}' belongs to another state, '{sharedLock.State}'.", nameof(sharedLock));
        }

        return Open<SharedCondition>(new StoreRequest
        {
            Name = Checked(name),
            Options = new SyncOptions { Kind = SharedObjectKind.Condition, Count = StoreRequest.Unspecified, LockName = sharedLock?.Name },
        });
    }

    /// <inheritdoc/>
    public override SharedBarrier Barrier(string name) => Open<SharedBarrier>(Existing(name, SharedObjectKind.Barrier));

    /// <inheritdoc/>
    public override SharedBarrier Barrier(string? name, int parties, ScriptBlock? action = null) =>
        Open<SharedBarrier>(Counted(name, SharedObjectKind.Barrier, parties, least: 1), action);

    /// <inheritdoc/>
    public override ProcessQueue Queue(string? name = null, long? capacity = null)
    {
        if (capacity < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "A queue has room for at least one item.");
        }

        return Open<ProcessQueue>(new StoreRequest
        {
            Name = Checked(name),
            Options = new SyncOptions { Kind = SharedObjectKind.Queue, Count = StoreRequest.Unspecified },
            Capacity = capacity ?? StoreRequest.Unspecified,
        });
    }

    /// <inheritdoc/>
    public override object? Find(string name)
    {
        StateLine line = Rent();
        try
        {
            line.Begin(StateOperation.Find);
            line.Request.WriteText(name);
            StateStatus status = line.Exchange();
            return status == StateStatus.Done ? Materialize(line, null) : status == StateStatus.No ? null : throw ErrorOf(status, line, name);
        }
        finally
        {
            Return(line);
        }
    }

    /// <summary>The object that a value of this state stands for, or null when it was removed: one such value does not spoil a whole copy.</summary>
    public object? FindOrNothing(string name, SharedObjectKind kind)
    {
        try
        {
            return Find(name, kind);
        }
        catch (SharedObjectRemovedException)
        {
            return null;
        }
    }

    /// <summary>The object that a handle stands for. A lock may be that of a value, an array or a condition, and have its name.</summary>
    /// <exception cref="SharedObjectRemovedException">It is no longer there.</exception>
    public object Find(string name, SharedObjectKind kind) => (Find(name), kind) switch
    {
        (SharedValue value, SharedObjectKind.RLock) => value.Lock,
        (SharedArray array, SharedObjectKind.RLock) => array.Lock,
        (SharedCondition condition, SharedObjectKind.RLock) => condition.Lock,
        (ISharedObject item, _) when item.Kind == kind => item,
        (ProcessQueue queue, SharedObjectKind.Queue) => queue,
        _ => throw new SharedObjectRemovedException(name),
    };

    /// <inheritdoc/>
    public override SharedObjectInfo[] GetObjects()
    {
        StateLine line = Rent();
        try
        {
            line.Begin(StateOperation.GetObjects);
            StateStatus status = line.Exchange();
            if (status != StateStatus.Done)
            {
                throw ErrorOf(status, line, ToString());
            }

            SharedObjectInfo[] objects = new SharedObjectInfo[line.ReadInt32()];
            for (int i = 0; i < objects.Length; i++)
            {
                string name = line.ReadText() ?? string.Empty;
                SharedObjectKind kind = (SharedObjectKind)line.ReadByte();
                string type = line.ReadText() ?? string.Empty;
                long count = line.ReadInt64();
                objects[i] = new SharedObjectInfo(name, kind, type, count < 0 ? null : count, line.ReadInt64());
            }

            System.Array.Sort(objects, static (one, other) => StringComparer.OrdinalIgnoreCase.Compare(one.Name, other.Name));
            return objects;
        }
        finally
        {
            Return(line);
        }
    }

    /// <inheritdoc/>
    public override bool Remove(string name)
    {
        StateLine line = Rent();
        try
        {
            line.Begin(StateOperation.Remove);
            line.Request.WriteText(name);
            StateStatus status = line.Exchange();
            _objects.TryRemove(name, out _);
            return status is StateStatus.Done or StateStatus.No ? status == StateStatus.Done : throw ErrorOf(status, line, name);
        }
        finally
        {
            Return(line);
        }
    }

    /// <summary>Takes all objects out.</summary>
    public void Clear()
    {
        StateLine line = Rent();
        try
        {
            line.Begin(StateOperation.Clear);
            StateStatus status = line.Exchange();
            _objects.Clear();
            if (status != StateStatus.Done)
            {
                throw ErrorOf(status, line, ToString());
            }
        }
        finally
        {
            Return(line);
        }
    }

    // PowerShell makes an empty text of $null where a text is wanted.
    private static string? Checked(string? name) =>
        string.IsNullOrEmpty(name) ? null : !string.IsNullOrWhiteSpace(name) ? name : throw new ArgumentException("The name of a shared object has at least one character that is no space.", nameof(name));

    private static StoreRequest Simple(string? name, SharedObjectKind kind) =>
        new() { Name = Checked(name), Options = new SyncOptions { Kind = kind, Count = StoreRequest.Unspecified } };

    private static StoreRequest Existing(string name, SharedObjectKind kind) =>
        new() { Name = Checked(name) ?? throw new ArgumentNullException(nameof(name)), Options = new SyncOptions { Kind = kind, Count = StoreRequest.Unspecified }, MustExist = true };

    private static StoreRequest Counted(string? name, SharedObjectKind kind, int? count, int least) =>
        count is null || count >= least
            ? new() { Name = Checked(name), Options = new SyncOptions { Kind = kind, Count = count ?? StoreRequest.Unspecified } }
            : throw new ArgumentOutOfRangeException(nameof(count), count, $"A {kind} has at least {least}.");

    private T Open<T>(StoreRequest request, ScriptBlock? action = null)
        where T : class
    {
        StateLine line = Rent();
        try
        {
            line.Begin(StateOperation.Open);
            request.Write(line.Request);
            StateStatus status = line.Exchange();
            return status switch
            {
                StateStatus.Done => (T)Materialize(line, action),
                StateStatus.No => throw new SharedObjectNotFoundException(ToString(), request.Name ?? string.Empty),
                _ => throw ErrorOf(status, line, request.Name ?? string.Empty),
            };
        }
        finally
        {
            Return(line);
        }
    }

    /// <summary>The object that a response describes; the same one each time, as long as it is the same in the state.</summary>
    private object Materialize(StateLine line, ScriptBlock? action)
    {
        int id = line.ReadInt32();
        string name = line.ReadText() ?? string.Empty;
        SharedObjectKind kind = (SharedObjectKind)line.ReadByte();
        bool isCaseSensitive = line.ReadByte() != 0;
        string? address = line.ReadText();
        string? lockName = line.ReadText();
        if (action is null && _objects.TryGetValue(name, out (int Id, object Object) known) && known.Id == id && IsUsable(known.Object))
        {
            return known.Object;
        }

        object made = kind switch
        {
            SharedObjectKind.Dictionary => new HubDictionary(this, name, id, isCaseSensitive),
            SharedObjectKind.Namespace => new HubNamespace(this, name, id),
            SharedObjectKind.List => new HubList(this, name, id),
            SharedObjectKind.Queue => OpenMemory(() => MemoryQueue.Open(address!), name),
            SharedObjectKind.Value or SharedObjectKind.Array => OpenMemory(() => ValueObjects.Open(this, name, SyncSegment.Open(address!, kind)), name),
            _ => OpenMemory(() => SyncObjects.Open(this, name, SyncSegment.Open(address!, kind), OpenLock(lockName), action), name),
        };

        // Of two threads that open it at the same time, both get the same.
        return _objects.AddOrUpdate(
            name, (id, made), (_, existing) => existing.Id == id && action is null && IsUsable(existing.Object) ? existing : (id, made)).Object;
    }

    private static bool IsUsable(object item) => item is not MemoryQueue queue || !queue.IsGone;

    // Another process may have removed it since the hub told us of it.
    private static T OpenMemory<T>(Func<T> open, string name)
    {
        try
        {
            return open();
        }
        catch (Exception exception) when (exception is InvalidSegmentException or ChannelGoneException)
        {
            throw new SharedObjectRemovedException(name);
        }
    }

    private SharedLockable? OpenLock(string? name) =>
        name is null ? null : Find(name) as SharedLockable ?? throw new SharedObjectRemovedException(name);
}

using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>A dictionary, or a namespace, in a store: serialized keys and values, in the order in which keys were added. Under the store's gate.</summary>
internal sealed partial class StoreDictionary(StateStore store, int id, string name, SharedObjectKind kind, bool isCaseSensitive) : StoreObject(store, id, name, kind)
{
    // What an entry takes besides its key and its value: two arrays, the entry, and its place in the table.
    private const int EntryBytes = 150;

    private Dictionary<byte[], StoreEntry> _entries = new(isCaseSensitive ? StoreKeys.CaseSensitive : StoreKeys.IgnoreCase);
    private StoreEntry? _first;
    private StoreEntry? _last;
    private long _bytes;

    /// <summary>True when keys that are texts differ in upper and lower case.</summary>
    public bool IsCaseSensitive { get; } = isCaseSensitive;

    /// <inheritdoc/>
    public override long Count => _entries.Count;

    /// <inheritdoc/>
    public override long Bytes => _bytes;

    /// <inheritdoc/>
    public override bool Execute(StateOperation operation, ref StateFrameReader request, StateCall call)
    {
        PooledBufferWriter response = call.Response;
        switch (operation)
        {
            case StateOperation.Get:
                Answer(response, Find(request.ReadBlock()), withVersion: true);
                return true;
            case StateOperation.Set:
                Overwrite(request.ReadBlock(), request.ReadBlock());
                response.WriteStatus(StateStatus.Done);
                return true;
            case StateOperation.TryAdd:
                TryAdd(ref request, response);
                return true;
            case StateOperation.TryUpdate:
                TryUpdate(ref request, response);
                return true;
            case StateOperation.TryUpdateVersion:
                TryUpdateVersion(ref request, response);
                return true;
            case StateOperation.Swap:
                Answer(response, Set(request.ReadBlock(), request.ReadBlock()));
                return true;
            case StateOperation.Pop:
                Pop(Find(request.ReadBlock()), response, withKey: false);
                return true;
            case StateOperation.PopLast:
                Pop(_last, response, withKey: true);
                return true;
            case StateOperation.Contains:
                response.WriteStatus(Find(request.ReadBlock()) is null ? StateStatus.No : StateStatus.Done);
                return true;
            case StateOperation.Increment:
                Increment(ref request, response);
                return true;
            case StateOperation.SetMany:
                SetMany(ref request, response);
                return true;
            case StateOperation.GetMany:
                GetMany(ref request, response);
                return true;
            case StateOperation.GetEntries:
                GetEntries(response, withValues: true);
                return true;
            case StateOperation.GetKeys:
                GetEntries(response, withValues: false);
                return true;
            case StateOperation.GetCount:
                response.WriteStatus(StateStatus.Done);
                response.WriteInt64(Count);
                response.WriteInt64(Version);
                return true;
            case StateOperation.RemoveAll:
                Clear();
                response.WriteStatus(StateStatus.Done);
                return true;
            case StateOperation.WaitForKey:
                return Wait(ref request, call);
            default:
                throw new InvalidDataFrameException($"A dictionary has no operation {operation}.");
        }
    }

    /// <inheritdoc/>
    protected override bool IsOver(StateCall call) =>
        (_entries.TryGetValue(call.WatchedKey!, out StoreEntry? entry) ? entry.Version : 0) != call.SeenVersion;

    private static void Answer(PooledBufferWriter response, StoreEntry? entry, bool withVersion)
    {
        response.WriteStatus(entry is null ? StateStatus.No : StateStatus.Done);
        if (entry is not null)
        {
            if (withVersion)
            {
                response.WriteInt64(entry.Version);
            }

            response.WriteBlock(entry.Value);
        }
    }

    private static void Answer(PooledBufferWriter response, byte[]? value)
    {
        response.WriteStatus(value is null ? StateStatus.No : StateStatus.Done);
        if (value is not null)
        {
            response.WriteBlock(value);
        }
    }

    private StoreEntry? Find(ReadOnlySpan<byte> key) => _entries.TryGetValue(key.ToArray(), out StoreEntry? entry) ? entry : null;

    private void TryAdd(ref StateFrameReader request, PooledBufferWriter response)
    {
        byte[] key = request.ReadBlock().ToArray();
        ReadOnlySpan<byte> value = request.ReadBlock();
        if (_entries.TryGetValue(key, out StoreEntry? entry))
        {
            response.WriteStatus(StateStatus.No);
            response.WriteBlock(entry.Value);
            return;
        }

        Add(key, value.ToArray());
        response.WriteStatus(StateStatus.Done);
    }

    private void TryUpdate(ref StateFrameReader request, PooledBufferWriter response)
    {
        StoreEntry? entry = Find(request.ReadBlock());
        ReadOnlySpan<byte> value = request.ReadBlock();
        bool isExpected = entry is not null && entry.Value.AsSpan().SequenceEqual(request.ReadBlock());
        if (isExpected)
        {
            Replace(entry!, value.ToArray());
        }

        response.WriteStatus(isExpected ? StateStatus.Done : StateStatus.No);
    }

    /// <summary>Sets a value if its version is the one that was seen, 0 for a key that was not there.</summary>
    private void TryUpdateVersion(ref StateFrameReader request, PooledBufferWriter response)
    {
        byte[] key = request.ReadBlock().ToArray();
        ReadOnlySpan<byte> value = request.ReadBlock();
        long seen = request.ReadInt64();
        _entries.TryGetValue(key, out StoreEntry? entry);
        if ((entry?.Version ?? 0) != seen)
        {
            response.WriteStatus(StateStatus.No);
            return;
        }

        if (entry is null)
        {
            Add(key, value.ToArray());
        }
        else
        {
            Replace(entry, value.ToArray());
        }

        response.WriteStatus(StateStatus.Done);
    }

    private void Pop(StoreEntry? entry, PooledBufferWriter response, bool withKey)
    {
        if (entry is null)
        {
            response.WriteStatus(StateStatus.No);
            return;
        }

        Remove(entry);
        response.WriteStatus(StateStatus.Done);
        if (withKey)
        {
            response.WriteBlock(entry.Key);
        }

        response.WriteBlock(entry.Value);
    }

    private void Increment(ref StateFrameReader request, PooledBufferWriter response)
    {
        byte[] key = request.ReadBlock().ToArray();
        ReadOnlySpan<byte> by = request.ReadBlock();
        _entries.TryGetValue(key, out StoreEntry? entry);
        WireNumber number = WireNumber.Zero;
        if (!WireNumber.TryRead(by, out WireNumber addend) || (entry is not null && !WireNumber.TryRead(entry.Value, out number)))
        {
            response.WriteStatus(StateStatus.NotPlain);
            return;
        }

        if (!WireNumber.TryAdd(number, addend, out WireNumber sum))
        {
            response.WriteStatus(StateStatus.Overflow);
            return;
        }

        byte[] value = sum.ToBytes();
        if (entry is null)
        {
            Add(key, value);
        }
        else
        {
            Replace(entry, value);
        }

        response.WriteStatus(StateStatus.Done);
        response.WriteBlock(value);
    }

    private void SetMany(ref StateFrameReader request, PooledBufferWriter response)
    {
        // Read before anything is changed: a request that is cut changes nothing.
        int count = request.ReadCount(2 * sizeof(int));
        (byte[] Key, byte[] Value)[] entries = new (byte[], byte[])[count];
        for (int i = 0; i < count; i++)
        {
            entries[i] = (request.ReadBlock().ToArray(), request.ReadBlock().ToArray());
        }

        _entries.EnsureCapacity(Math.Max(_entries.Count, count));
        foreach ((byte[] key, byte[] value) in entries)
        {
            if (_entries.TryGetValue(key, out StoreEntry? entry))
            {
                Replace(entry, value);
            }
            else
            {
                Add(key, value);
            }
        }

        response.WriteStatus(StateStatus.Done);
    }

    private void GetMany(ref StateFrameReader request, PooledBufferWriter response)
    {
        int count = request.ReadCount(sizeof(int));
        response.WriteStatus(StateStatus.Done);
        for (int i = 0; i < count; i++)
        {
            if (Find(request.ReadBlock()) is { } entry)
            {
                response.WriteBlock(entry.Value);
            }
            else
            {
                response.WriteInt32(StateFrame.Nothing);
            }
        }
    }

    private void GetEntries(PooledBufferWriter response, bool withValues)
    {
        response.WriteStatus(StateStatus.Done);
        response.WriteInt32(_entries.Count);
        for (StoreEntry? entry = _first; entry is not null; entry = entry.Next)
        {
            response.WriteBlock(entry.Key);
            if (withValues)
            {
                response.WriteBlock(entry.Value);
            }
        }
    }

    private bool Wait(ref StateFrameReader request, StateCall call)
    {
        call.WatchedKey = request.ReadBlock().ToArray();
        long seen = request.ReadInt64();
        call.Deadline = StateStore.ReadDeadline(ref request);
        long version = _entries.TryGetValue(call.WatchedKey, out StoreEntry? entry) ? entry.Version : 0;
        call.SeenVersion = seen == StateStore.Now ? version : seen;
        if (version != call.SeenVersion)
        {
            call.Response.WriteStatus(StateStatus.Done);
            return true;
        }

        if (IsRecording)
        {
            call.Response.WriteStatus(StateStatus.WaitInTransaction);
            return true;
        }

        call.Watched = this;
        Watch(call);
        return false;
    }
}

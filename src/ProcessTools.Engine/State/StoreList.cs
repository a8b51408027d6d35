using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>A list in a store: serialized items. Under the store's gate.</summary>
internal sealed class StoreList(StateStore store, int id, string name) : StoreObject(store, id, name, SharedObjectKind.List)
{
    private const int ItemBytes = 32;

    private StoreItems _items = new();

    /// <inheritdoc/>
    public override long Count => _items.Count;

    /// <inheritdoc/>
    public override long Bytes => _items.Bytes + ((long)ItemBytes * _items.Count);

    /// <inheritdoc/>
    public override bool Execute(StateOperation operation, ref StateFrameReader request, StateCall call)
    {
        PooledBufferWriter response = call.Response;
        switch (operation)
        {
            case StateOperation.GetItem:
                if (TryFind(ref request, response, out int index))
                {
                    response.WriteInt64(Version);
                    response.WriteBlock(_items[index]);
                }

                return true;
            case StateOperation.SetItem:
                if (TryFind(ref request, response, out index))
                {
                    SetItem(index, request.ReadBlock().ToArray());
                }

                return true;
            case StateOperation.SwapItem:
                if (TryFind(ref request, response, out index))
                {
                    byte[] before = _items[index];
                    SetItem(index, request.ReadBlock().ToArray());
                    response.WriteBlock(before);
                }

                return true;
            case StateOperation.AddItem:
                Insert(_items.Count, request.ReadBlock().ToArray());
                response.WriteStatus(StateStatus.Done);
                return true;
            case StateOperation.AddItems:
                AddItems(ref request, response);
                return true;
            case StateOperation.InsertItem:
                InsertItem(ref request, response);
                return true;
            case StateOperation.PopItem:
                if (TryFind(ref request, response, out index))
                {
                    response.WriteBlock(_items[index]);
                    RemoveAt(index);
                }

                return true;
            case StateOperation.UpdateItem:
                UpdateItem(ref request, response);
                return true;
            case StateOperation.UpdateItemVersion:
                UpdateItemVersion(ref request, response);
                return true;
            case StateOperation.IncrementItem:
                IncrementItem(ref request, response);
                return true;
            case StateOperation.IndexOfItem:
                response.WriteStatus(StateStatus.Done);
                response.WriteInt64(_items.IndexOf(request.ReadBlock()));
                return true;
            case StateOperation.RemoveItem:
                int found = _items.IndexOf(request.ReadBlock());
                response.WriteStatus(found < 0 ? StateStatus.No : StateStatus.Done);
                if (found >= 0)
                {
                    RemoveAt(found);
                }

                return true;
            case StateOperation.GetItems:
                GetItems(ref request, response);
                return true;
            case StateOperation.ReplaceItems:
                ReplaceItems(ref request, response);
                return true;
            case StateOperation.GetCount:
                response.WriteStatus(StateStatus.Done);
                response.WriteInt64(Count);
                response.WriteInt64(Version);
                return true;
            case StateOperation.RemoveAll:
                Replace(new StoreItems());
                response.WriteStatus(StateStatus.Done);
                return true;
            case StateOperation.WaitForChange:
                return Wait(ref request, call);
            default:
                throw new InvalidDataFrameException($"A list has no operation {operation}.");
        }
    }

    /// <inheritdoc/>
    protected override bool IsOver(StateCall call) => Version != call.SeenVersion;

    /// <summary>Reads an index, of which a negative one counts from the end, and answers whether there is such an item.</summary>
    private bool TryFind(ref StateFrameReader request, PooledBufferWriter response, out int index)
    {
        index = request.ReadInt32();
        index = index < 0 ? index + _items.Count : index;
        bool isThere = index >= 0 && index < _items.Count;
        response.WriteStatus(isThere ? StateStatus.Done : StateStatus.No);
        return isThere;
    }

    private void SetItem(int index, byte[] value)
    {
        byte[] before = _items[index];
        _items[index] = value;
        Recorded(() => _items[index] = before);
    }

    private void Insert(int index, byte[] value)
    {
        _items.Insert(index, value);
        Recorded(() => _items.RemoveAt(index));
    }

    private void RemoveAt(int index)
    {
        byte[] before = _items[index];
        _items.RemoveAt(index);
        Recorded(() => _items.Insert(index, before));
    }

    private void Replace(StoreItems items)
    {
        StoreItems before = _items;
        _items = items;
        Recorded(() => _items = before);
    }

    private void Recorded(Action undo)
    {
        if (IsRecording)
        {
            Changed(undo);
        }
        else
        {
            Changed();
        }
    }

    private void AddItems(ref StateFrameReader request, PooledBufferWriter response)
    {
        byte[][] added = ReadItems(ref request);
        int count = _items.Count;
        _items.AddRange(added);
        Recorded(() => _items.Truncate(count));
        response.WriteStatus(StateStatus.Done);
    }

    private static byte[][] ReadItems(ref StateFrameReader request)
    {
        byte[][] items = new byte[request.ReadCount(sizeof(int))][];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = request.ReadBlock().ToArray();
        }

        return items;
    }

    private void InsertItem(ref StateFrameReader request, PooledBufferWriter response)
    {
        int index = request.ReadInt32();
        index = index < 0 ? index + _items.Count : index;
        bool isPlace = index >= 0 && index <= _items.Count;
        response.WriteStatus(isPlace ? StateStatus.Done : StateStatus.No);
        if (isPlace)
        {
            Insert(index, request.ReadBlock().ToArray());
        }
    }

    private void UpdateItem(ref StateFrameReader request, PooledBufferWriter response)
    {
        int index = request.ReadInt32();
        index = index < 0 ? index + _items.Count : index;
        ReadOnlySpan<byte> value = request.ReadBlock();
        bool isExpected = index >= 0 && index < _items.Count && _items[index].AsSpan().SequenceEqual(request.ReadBlock());
        if (isExpected)
        {
            SetItem(index, value.ToArray());
        }

        response.WriteStatus(isExpected ? StateStatus.Done : StateStatus.No);
    }

    private void UpdateItemVersion(ref StateFrameReader request, PooledBufferWriter response)
    {
        int index = request.ReadInt32();
        index = index < 0 ? index + _items.Count : index;
        ReadOnlySpan<byte> value = request.ReadBlock();
        bool isExpected = index >= 0 && index < _items.Count && request.ReadInt64() == Version;
        if (isExpected)
        {
            SetItem(index, value.ToArray());
        }

        response.WriteStatus(isExpected ? StateStatus.Done : StateStatus.No);
    }

    private void IncrementItem(ref StateFrameReader request, PooledBufferWriter response)
    {
        int index = request.ReadInt32();
        index = index < 0 ? index + _items.Count : index;
        if (index < 0 || index >= _items.Count)
        {
            response.WriteStatus(StateStatus.No);
        }
        else if (!WireNumber.TryRead(_items[index], out WireNumber number) || !WireNumber.TryRead(request.ReadBlock(), out WireNumber by))
        {
            response.WriteStatus(StateStatus.NotPlain);
        }
        else if (!WireNumber.TryAdd(number, by, out WireNumber sum))
        {
            response.WriteStatus(StateStatus.Overflow);
        }
        else
        {
            byte[] value = sum.ToBytes();
            SetItem(index, value);
            response.WriteStatus(StateStatus.Done);
            response.WriteBlock(value);
        }
    }

    private void GetItems(ref StateFrameReader request, PooledBufferWriter response)
    {
        int start = request.ReadInt32();
        start = Math.Max(0, start < 0 ? start + _items.Count : start);
        int count = Math.Clamp(request.ReadInt32(), 0, Math.Max(0, _items.Count - start));
        response.WriteStatus(StateStatus.Done);
        response.WriteInt64(Version);
        response.WriteInt32(count);
        for (int i = start; i < start + count; i++)
        {
            response.WriteBlock(_items[i]);
        }
    }

    private void ReplaceItems(ref StateFrameReader request, PooledBufferWriter response)
    {
        long seen = request.ReadInt64();
        byte[][] items = ReadItems(ref request);
        bool isExpected = seen == Version;
        if (isExpected)
        {
            StoreItems replaced = new();
            replaced.AddRange(items);
            Replace(replaced);
        }

        response.WriteStatus(isExpected ? StateStatus.Done : StateStatus.No);
    }

    private bool Wait(ref StateFrameReader request, StateCall call)
    {
        long seen = request.ReadInt64();
        call.Deadline = StateStore.ReadDeadline(ref request);
        call.SeenVersion = seen == StateStore.Now ? Version : seen;
        if (Version != call.SeenVersion)
        {
            call.Response.WriteStatus(StateStatus.Done);
            return true;
        }

        if (IsRecording)
        {
            call.Response.WriteStatus(StateStatus.WaitInTransaction);
            return true;
        }

        call.WatchedKey = null;
        call.Watched = this;
        Watch(call);
        return false;
    }
}

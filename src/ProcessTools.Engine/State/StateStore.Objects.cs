using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>The objects of a store, by name and by number.</summary>
internal sealed partial class StateStore
{
    /// <summary>Lets a call wait; <see cref="Complete"/> ends that. Under the gate.</summary>
    public void Await(StateCall call) => _waiting.Add(call);

    private void Find(string name, PooledBufferWriter response)
    {
        if (!_byName.TryGetValue(name, out StoreObject? item))
        {
            response.WriteStatus(StateStatus.No);
            return;
        }

        Describe(item, response);
    }

    private void Open(StoreRequest request, PooledBufferWriter response)
    {
        string name = request.Name ?? NewName(request.Options.Kind);
        if (_byName.TryGetValue(name, out StoreObject? item))
        {
            if (request.FindMismatch(item) is { } mismatch)
            {
                response.WriteStatus(StateStatus.Mismatch);
                response.WriteText(mismatch.Asked);
                response.WriteText(mismatch.Found);
                return;
            }

            Describe(item, response);
            return;
        }

        if (request.MustExist)
        {
            response.WriteStatus(StateStatus.No);
            return;
        }

        try
        {
            StoreObject made = request.Make(this, ++_lastId, name);
            Add(made);
            Transaction?.Add(made, () =>
            {
                Take(made);
                made.Free();
            });
            Describe(made, response);
        }
        catch (SharedMemoryFullException exception)
        {
            response.WriteStatus(StateStatus.MemoryFull);
            response.WriteText(exception.Target as string);
            response.WriteInt64(exception.Size);
            response.WriteText(exception.InnerException?.Message);
        }
    }

    private string NewName(SharedObjectKind kind)
    {
        int number = _lastId;
        string name;
        do
        {
            name = $"{kind}#{++number}";
        }
        while (_byName.ContainsKey(name));
        return name;
    }

    private static void Describe(StoreObject item, PooledBufferWriter response)
    {
        response.WriteStatus(StateStatus.Done);
        response.WriteInt32(item.Id);
        response.WriteText(item.Name);
        response.WriteByte((byte)item.Kind);
        response.WriteByte(item is StoreDictionary { IsCaseSensitive: true } ? (byte)1 : (byte)0);
        response.WriteText((item as StoreMemory)?.Address);
        response.WriteText((item as StoreMemory)?.LockName);
    }

    private void WriteObjects(PooledBufferWriter response)
    {
        response.WriteStatus(StateStatus.Done);
        response.WriteInt32(_byName.Count);
        foreach (StoreObject item in _byName.Values)
        {
            response.WriteText(item.Name);
            response.WriteByte((byte)item.Kind);
            response.WriteText(item.TypeName);
            response.WriteInt64(item.Count);
            response.WriteInt64(item.Bytes);
        }
    }

    private void Add(StoreObject item)
    {
        _byName.Add(item.Name, item);
        _byId.Add(item.Id, item);
    }

    private void Take(StoreObject item)
    {
        _byName.Remove(item.Name);
        _byId.Remove(item.Id);
    }

    private void Remove(StoreObject item)
    {
        Take(item);
        if (Transaction is null)
        {
            item.Free();
            return;
        }

        Transaction.Add(item, () => Add(item));
        _removed.Add(item);
    }
}

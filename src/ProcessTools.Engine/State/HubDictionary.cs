using System.Collections;
using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>A dictionary, or the properties of a namespace, in a hub.</summary>
internal sealed class HubDictionary(MemoryState state, string name, int id, bool isCaseSensitive) : SharedDictionary(state, name)
{
    // After so many tries in vain a script that changes a value gets the state for itself.
    private const int MostTries = 16;

    private readonly MemoryState _state = state;

    /// <inheritdoc/>
    public override bool IsCaseSensitive => isCaseSensitive;

    /// <inheritdoc/>
    public override int Count => (int)HubObject.Property(GetCount).Count;

    /// <inheritdoc/>
    public override long Version => HubObject.Property(GetCount).Version;

    /// <inheritdoc/>
    public override ICollection Keys => HubObject.Property(() => GetEntries(withValues: false).Keys);

    /// <inheritdoc/>
    public override ICollection Values => HubObject.Property(() => GetEntries(withValues: true).Values);

    /// <inheritdoc/>
    public override object? this[object key]
    {
        get => TryGetValue(key, out object? value) ? value : null;
        set
        {
            using StateRequest request = Ask(StateOperation.Set);
            request.WriteKey(key).Write(value).Exchange();
        }
    }

    /// <inheritdoc/>
    public override bool TryAdd(object key, object? value)
    {
        using StateRequest request = Ask(StateOperation.TryAdd);
        return request.WriteKey(key).Write(value).Exchange();
    }

    /// <inheritdoc/>
    public override bool Contains(object key)
    {
        using StateRequest request = Ask(StateOperation.Contains);
        return request.WriteKey(key).Exchange();
    }

    /// <inheritdoc/>
    public override bool TryGetValue(object key, out object? value)
    {
        using StateRequest request = Ask(StateOperation.Get);
        value = null;
        if (!request.WriteKey(key).Exchange())
        {
            return false;
        }

        request.Line.ReadInt64();
        value = request.Read();
        return true;
    }

    /// <inheritdoc/>
    public override object? GetOrAdd(object key, object? value)
    {
        object? added = value;
        if (value is ScriptBlock script)
        {
            if (TryGetValue(key, out object? found))
            {
                return found;
            }

            added = HubObject.Evaluate(script, key);
        }

        using StateRequest request = Ask(StateOperation.TryAdd);
        return request.WriteKey(key).Write(added).Exchange() ? added : request.Read();
    }

    /// <inheritdoc/>
    public override bool TryUpdate(object key, object? value, object? expected)
    {
        using StateRequest request = Ask(StateOperation.TryUpdate);
        return request.WriteKey(key).Write(value).Write(expected).Exchange();
    }

    /// <inheritdoc/>
    public override object? Update(object key, ScriptBlock script)
    {
        ArgumentNullException.ThrowIfNull(script);
        return Update(key, value => HubObject.Evaluate(script, value));
    }

    /// <inheritdoc/>
    public override object Increment(object key, object by)
    {
        ArgumentNullException.ThrowIfNull(by);
        using (StateRequest request = Ask(StateOperation.Increment))
        {
            if (request.WriteKey(key).Write(by).ExchangeOr(StateStatus.NotPlain))
            {
                return request.Read()!;
            }
        }

        return Update(key, value => HubObject.Add(value, by, $"{Name}[{key}]"))!;
    }

    /// <inheritdoc/>
    public override object? Swap(object key, object? value)
    {
        using StateRequest request = Ask(StateOperation.Swap);
        return request.WriteKey(key).Write(value).Exchange() ? request.Read() : null;
    }

    /// <inheritdoc/>
    public override bool TryPop(object key, out object? value)
    {
        using StateRequest request = Ask(StateOperation.Pop);
        bool isThere = request.WriteKey(key).Exchange();
        value = isThere ? request.Read() : null;
        return isThere;
    }

    /// <inheritdoc/>
    public override DictionaryEntry PopItem()
    {
        using StateRequest request = Ask(StateOperation.PopLast);
        return request.Exchange()
            ? new DictionaryEntry(request.Read()!, request.Read())
            : throw new InvalidOperationException($"The dictionary '{Name}' is empty.");
    }

    /// <inheritdoc/>
    public override bool Remove(object key)
    {
        using StateRequest request = Ask(StateOperation.Pop);
        return request.WriteKey(key).Exchange();
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        using StateRequest request = Ask(StateOperation.RemoveAll);
        request.Exchange();
    }

    /// <inheritdoc/>
    public override void SetMany(IDictionary entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        using StateRequest request = Ask(StateOperation.SetMany);
        int place = request.Line.Request.WrittenCount;
        request.Line.Request.WriteInt32(0);
        int count = 0;
        foreach (DictionaryEntry entry in entries)
        {
            request.WriteKey(entry.Key).Write(entry.Value);
            count++;
        }

        request.Line.Request.Patch(place, count);
        request.Exchange();
    }

    /// <inheritdoc/>
    public override object?[] GetMany(IEnumerable keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        using StateRequest request = Ask(StateOperation.GetMany);
        int place = request.Line.Request.WrittenCount;
        request.Line.Request.WriteInt32(0);
        int count = 0;
        foreach (object key in keys)
        {
            request.WriteKey(key);
            count++;
        }

        request.Line.Request.Patch(place, count);
        request.Exchange();
        object?[] values = new object?[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = request.Read();
        }

        return values;
    }

    /// <inheritdoc/>
    public override Hashtable ToHashtable()
    {
        (object?[] keys, object?[] values) = GetEntries(withValues: true);
        Hashtable table = new(keys.Length, IsCaseSensitive ? null : StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < keys.Length; i++)
        {
            table[keys[i]!] = values[i];
        }

        return table;
    }

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index)
    {
        ArgumentNullException.ThrowIfNull(array);
        foreach (DictionaryEntry entry in this)
        {
            array.SetValue(entry, index++);
        }
    }

    /// <inheritdoc/>
    public override IDictionaryEnumerator GetEnumerator()
    {
        (object?[] keys, object?[] values) = GetEntries(withValues: true);
        return new SnapshotEnumerator(keys, values);
    }

    /// <inheritdoc/>
    private protected override bool WaitCore(object key, TimeSpan timeout, CancellationToken cancellation) => WaitForChange(key, StateStore.Now, timeout, cancellation);

    /// <inheritdoc/>
    private protected override bool WaitUntilCore(object key, ScriptBlock predicate, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Memory.Deadline deadline = Memory.Deadline.After(timeout);
        while (true)
        {
            (object? value, long version) = GetVersioned(key);
            if (LanguagePrimitives.IsTrue(HubObject.Evaluate(predicate, value)))
            {
                return true;
            }

            TimeSpan left = deadline.Left;
            if (left <= TimeSpan.Zero || !WaitForChange(key, version, left == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : left, default))
            {
                return false;
            }
        }
    }

    private StateRequest Ask(StateOperation operation) => new(_state, operation, id, Name);

    private object? Update(object key, Func<object?, object?> change)
    {
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            if (TryChange(key, change, out object? changed))
            {
                return changed;
            }
        }

        return _state.Transact(() => TryChange(key, change, out object? changed) ? changed : throw new InvalidOperationException($"The script that makes a new value of '{Name}[{key}]' sets it itself. It writes the new value, no more."), Timeout.InfiniteTimeSpan);
    }

    private bool TryChange(object key, Func<object?, object?> change, out object? changed)
    {
        (object? value, long version) = GetVersioned(key);
        changed = change(value);
        using StateRequest request = Ask(StateOperation.TryUpdateVersion);
        request.WriteKey(key).Write(changed);
        request.Line.Request.WriteInt64(version);
        return request.Exchange();
    }

    private (object? Value, long Version) GetVersioned(object key)
    {
        using StateRequest request = Ask(StateOperation.Get);
        if (!request.WriteKey(key).Exchange())
        {
            return (null, 0);
        }

        long version = request.Line.ReadInt64();
        return (request.Read(), version);
    }

    private bool WaitForChange(object key, long seen, TimeSpan timeout, CancellationToken cancellation)
    {
        using StateRequest request = Ask(StateOperation.WaitForKey);
        request.WriteKey(key);
        request.Line.Request.WriteInt64(seen);
        request.Line.Request.WriteInt64(HubObject.Milliseconds(timeout));
        return request.ExchangeOr(StateStatus.TimedOut, cancellation);
    }

    private (long Count, long Version) GetCount()
    {
        using StateRequest request = Ask(StateOperation.GetCount);
        request.Exchange();
        return (request.Line.ReadInt64(), request.Line.ReadInt64());
    }

    private (object?[] Keys, object?[] Values) GetEntries(bool withValues)
    {
        using StateRequest request = Ask(withValues ? StateOperation.GetEntries : StateOperation.GetKeys);
        request.Exchange();
        int count = request.Line.ReadInt32();
        object?[] keys = new object?[count];
        object?[] values = new object?[withValues ? count : 0];
        for (int i = 0; i < count; i++)
        {
            keys[i] = request.Read();
            if (withValues)
            {
                values[i] = request.Read();
            }
        }

        return (keys, values);
    }
}

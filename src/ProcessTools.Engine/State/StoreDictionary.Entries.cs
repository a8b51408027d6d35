namespace ProcessTools.Engine.State;

/// <summary>How entries come, change and go, and how that is taken back when a transaction is.</summary>
internal sealed partial class StoreDictionary
{
    /// <summary>Sets a key.</summary>
    private void Overwrite(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!IsRecording && Find(key) is { } entry && entry.Value.Length == value.Length)
        {
            // In its place: new arrays in a million old entries are work for the garbage collector.
            value.CopyTo(entry.Value);
            entry.Version = Store.UpcomingVersion;
            Changed();
            return;
        }

        Set(key, value);
    }

    /// <summary>Sets a key and returns the value that was there.</summary>
    private byte[]? Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        byte[] ownedKey = key.ToArray();
        byte[] ownedValue = value.ToArray();
        if (_entries.TryGetValue(ownedKey, out StoreEntry? entry))
        {
            byte[] before = entry.Value;
            Replace(entry, ownedValue);
            return before;
        }

        Add(ownedKey, ownedValue);
        return null;
    }

    private void Replace(StoreEntry entry, byte[] value)
    {
        byte[] before = entry.Value;
        long version = entry.Version;
        entry.Value = value;
        _bytes += value.Length - before.Length;
        if (IsRecording)
        {
            Changed(() =>
            {
                entry.Value = before;
                entry.Version = version;
                _bytes -= value.Length - before.Length;
            });
            entry.Version = Version;
        }
        else
        {
            entry.Version = Store.UpcomingVersion;
            Changed();
        }
    }

    private StoreEntry Add(byte[] key, byte[] value)
    {
        StoreEntry entry = new(key, value, Store.UpcomingVersion) { Previous = _last };
        _entries.Add(key, entry);
        Append(entry);
        _bytes += key.Length + value.Length + EntryBytes;
        if (IsRecording)
        {
            Changed(() => Take(entry));
        }
        else
        {
            Changed();
        }

        return entry;
    }

    private void Append(StoreEntry entry)
    {
        if (_last is null)
        {
            _first = entry;
        }
        else
        {
            _last.Next = entry;
        }

        _last = entry;
    }

    private void Remove(StoreEntry entry)
    {
        Take(entry);
        if (IsRecording)
        {
            Changed(() => PutBack(entry));
        }
        else
        {
            Changed();
        }
    }

    /// <summary>Takes an entry out of the table and the chain. The entry keeps its neighbours, by which <see cref="PutBack"/>, called in the opposite order, finds its place.</summary>
    private void Take(StoreEntry entry)
    {
        _entries.Remove(entry.Key);
        _bytes -= entry.Key.Length + entry.Value.Length + EntryBytes;
        if (entry.Previous is null)
        {
            _first = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is null)
        {
            _last = entry.Previous;
        }
        else
        {
            entry.Next.Previous = entry.Previous;
        }
    }

    private void PutBack(StoreEntry entry)
    {
        _entries.Add(entry.Key, entry);
        _bytes += entry.Key.Length + entry.Value.Length + EntryBytes;
        if (entry.Previous is null)
        {
            _first = entry;
        }
        else
        {
            entry.Previous.Next = entry;
        }

        if (entry.Next is null)
        {
            _last = entry;
        }
        else
        {
            entry.Next.Previous = entry;
        }
    }

    private void Clear()
    {
        (Dictionary<byte[], StoreEntry> entries, StoreEntry? first, StoreEntry? last, long bytes) = (_entries, _first, _last, _bytes);
        _entries = new Dictionary<byte[], StoreEntry>(entries.Comparer);
        _first = null;
        _last = null;
        _bytes = 0;
        if (IsRecording)
        {
            Changed(() => (_entries, _first, _last, _bytes) = (entries, first, last, bytes));
        }
        else
        {
            Changed();
        }
    }
}

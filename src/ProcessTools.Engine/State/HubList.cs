using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>A list in a hub.</summary>
internal sealed class HubList(MemoryState state, string name, int id) : SharedList(state, name)
{
    // After so many tries in vain a change of the whole list, or by a script, gets the state for itself.
    private const int MostTries = 16;

    private readonly MemoryState _state = state;

    /// <inheritdoc/>
    public override int Count => (int)HubObject.Property(GetCount).Count;

    /// <inheritdoc/>
    public override long Version => HubObject.Property(GetCount).Version;

    /// <inheritdoc/>
    public override object? this[int index]
    {
        get
        {
            using StateRequest request = Ask(StateOperation.GetItem, index);
            ThrowUnless(request.Exchange(), index);
            request.Line.ReadInt64();
            return request.Read();
        }

        set
        {
            using StateRequest request = Ask(StateOperation.SetItem, index);
            ThrowUnless(request.Write(value).Exchange(), index);
        }
    }

    /// <inheritdoc/>
    public override void Add(object? value)
    {
        using StateRequest request = Ask(StateOperation.AddItem);
        request.Write(value).Exchange();
    }

    /// <inheritdoc/>
    public override void AddRange(IEnumerable values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using StateRequest request = Ask(StateOperation.AddItems);
        WriteAll(request, values);
        request.Exchange();
    }

    /// <inheritdoc/>
    public override void Insert(int index, object? value)
    {
        using StateRequest request = Ask(StateOperation.InsertItem, index);
        ThrowUnless(request.Write(value).Exchange(), index);
    }

    /// <inheritdoc/>
    public override void RemoveAt(int index)
    {
        using StateRequest request = Ask(StateOperation.PopItem, index);
        ThrowUnless(request.Exchange(), index);
    }

    /// <inheritdoc/>
    public override bool Remove(object? value)
    {
        using StateRequest request = Ask(StateOperation.RemoveItem);
        return request.Write(value).Exchange();
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        using StateRequest request = Ask(StateOperation.RemoveAll);
        request.Exchange();
    }

    /// <inheritdoc/>
    public override bool TryPop(int index, out object? value)
    {
        using StateRequest request = Ask(StateOperation.PopItem, index);
        bool isThere = request.Exchange();
        value = isThere ? request.Read() : null;
        return isThere;
    }

    /// <inheritdoc/>
    public override object? Swap(int index, object? value)
    {
        using StateRequest request = Ask(StateOperation.SwapItem, index);
        ThrowUnless(request.Write(value).Exchange(), index);
        return request.Read();
    }

    /// <inheritdoc/>
    public override bool TryUpdate(int index, object? value, object? expected)
    {
        using StateRequest request = Ask(StateOperation.UpdateItem, index);
        return request.Write(value).Write(expected).Exchange();
    }

    /// <inheritdoc/>
    public override object? Update(int index, ScriptBlock script)
    {
        ArgumentNullException.ThrowIfNull(script);
        return Update(index, value => HubObject.Evaluate(script, value));
    }

    /// <inheritdoc/>
    public override object Increment(int index, object by)
    {
        ArgumentNullException.ThrowIfNull(by);
        using (StateRequest request = Ask(StateOperation.IncrementItem, index))
        {
            StateStatus status = request.Write(by).Line.Exchange();
            switch (status)
            {
                case StateStatus.Done:
                    return request.Read()!;
                case StateStatus.NotPlain:
                    break;
                default:
                    ThrowUnless(status != StateStatus.No, index);
                    throw _state.ErrorOf(status, request.Line, Name);
            }
        }

        return Update(index, value => HubObject.Add(value, by, $"{Name}[{index}]"))!;
    }

    /// <inheritdoc/>
    public override void Reverse() => Replace(static items => Array.Reverse(items));

    /// <inheritdoc/>
    public override void Sort(bool descending = false) =>
        Replace(items =>
        {
            // Stable, as PowerShell's own sorting is.
            object?[] sorted = [.. items.OrderBy(static item => item, Comparer<object?>.Create(static (one, other) => LanguagePrimitives.Compare(one, other, ignoreCase: true, CultureInfo.InvariantCulture)))];
            sorted.CopyTo(items, 0);
            if (descending)
            {
                Array.Reverse(items);
            }
        });

    /// <inheritdoc/>
    public override int IndexOf(object? value)
    {
        using StateRequest request = Ask(StateOperation.IndexOfItem);
        request.Write(value).Exchange();
        return (int)request.Line.ReadInt64();
    }

    /// <inheritdoc/>
    public override object?[] GetRange(int start, int count) => GetItems(start, count).Items;

    /// <inheritdoc/>
    public override object?[] ToArray() => GetRange(0, int.MaxValue);

    /// <inheritdoc/>
    private protected override bool WaitCore(TimeSpan timeout, CancellationToken cancellation)
    {
        using StateRequest request = Ask(StateOperation.WaitForChange);
        request.Line.Request.WriteInt64(StateStore.Now);
        request.Line.Request.WriteInt64(HubObject.Milliseconds(timeout));
        return request.ExchangeOr(StateStatus.TimedOut, cancellation);
    }

    private static void WriteAll(StateRequest request, IEnumerable values)
    {
        int place = request.Line.Request.WrittenCount;
        request.Line.Request.WriteInt32(0);
        int count = 0;
        foreach (object? value in values)
        {
            request.Write(value);
            count++;
        }

        request.Line.Request.Patch(place, count);
    }

    private StateRequest Ask(StateOperation operation) => new(_state, operation, id, Name);

    private StateRequest Ask(StateOperation operation, int index)
    {
        StateRequest request = Ask(operation);
        request.Line.Request.WriteInt32(index);
        return request;
    }

    private void ThrowUnless(bool isThere, int index)
    {
        if (!isThere)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The list '{Name}' has no item of this index.");
        }
    }

    private object? Update(int index, Func<object?, object?> change)
    {
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            if (TryChange(index, change, out object? changed))
            {
                return changed;
            }
        }

        return _state.Transact(() => TryChange(index, change, out object? changed) ? changed : throw new InvalidOperationException($"The script that makes a new value of '{Name}[{index}]' sets it itself. It writes the new value, no more."), Timeout.InfiniteTimeSpan);
    }

    private bool TryChange(int index, Func<object?, object?> change, out object? changed)
    {
        object? value;
        long version;
        using (StateRequest request = Ask(StateOperation.GetItem, index))
        {
            ThrowUnless(request.Exchange(), index);
            version = request.Line.ReadInt64();
            value = request.Read();
        }

        changed = change(value);
        using StateRequest update = Ask(StateOperation.UpdateItemVersion, index);
        update.Write(changed);
        update.Line.Request.WriteInt64(version);
        return update.Exchange();
    }

    private void Replace(Action<object?[]> change)
    {
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            if (TryReplace(change))
            {
                return;
            }
        }

        _state.Transact(() => TryReplace(change), Timeout.InfiniteTimeSpan);
    }

    private bool TryReplace(Action<object?[]> change)
    {
        (object?[] items, long version) = GetItems(0, int.MaxValue);
        change(items);
        using StateRequest request = Ask(StateOperation.ReplaceItems);
        request.Line.Request.WriteInt64(version);
        WriteAll(request, items);
        return request.Exchange();
    }

    private (object?[] Items, long Version) GetItems(int start, int count)
    {
        using StateRequest request = Ask(StateOperation.GetItems, start);
        request.Line.Request.WriteInt32(count);
        request.Exchange();
        long version = request.Line.ReadInt64();
        object?[] items = new object?[request.Line.ReadInt32()];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = request.Read();
        }

        return (items, version);
    }

    private (long Count, long Version) GetCount()
    {
        using StateRequest request = Ask(StateOperation.GetCount);
        request.Exchange();
        return (request.Line.ReadInt64(), request.Line.ReadInt64());
    }
}

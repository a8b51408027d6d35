using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A list that processes share (Python's <c>Manager().list()</c>, and more). Values are copies, as in <see cref="SharedDictionary"/>. Each member is one atomic operation; enumerating works on a copy of one instant. A
/// negative index counts from the end. To add use <see cref="Add"/>: PowerShell's <c>+=</c> makes an array of its own of any list.
/// </summary>
[SuppressMessage("Design", "CA1010:Generic interface should also be implemented", Justification = "PowerShell works with the interface that has no type parameter.")]
public abstract class SharedList : SharedObject, IList
{
    private protected SharedList(SharedState state, string name)
        : base(state, name, SharedObjectKind.List)
    {
    }

    /// <inheritdoc/>
    public abstract int Count { get; }

    /// <summary>Grows with each change of the list.</summary>
    public abstract long Version { get; }

    /// <inheritdoc/>
    public bool IsFixedSize => false;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public bool IsSynchronized => true;

    /// <inheritdoc/>
    public object SyncRoot => this;

    /// <summary>An item.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    public abstract object? this[int index] { get; set; }

    /// <summary>Adds an item at the end.</summary>
    /// <remarks>Returns nothing, other than <see cref="IList.Add"/>, so that a script that adds does not write numbers.</remarks>
    public abstract void Add(object? value);

    /// <inheritdoc/>
    int IList.Add(object? value)
    {
        Add(value);
        return Count - 1;
    }

    /// <summary>Adds many items at the end, next to each other (Python's <c>extend</c>).</summary>
    public abstract void AddRange(IEnumerable values);

    /// <summary>Inserts an item before an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public abstract void Insert(int index, object? value);

    /// <summary>Takes out an item by its index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    public abstract void RemoveAt(int index);

    /// <summary>Takes out the first item that equals a value in type and content.</summary>
    /// <returns>False when there is none.</returns>
    public abstract bool Remove(object? value);

    /// <inheritdoc/>
    void IList.Remove(object? value) => Remove(value);

    /// <inheritdoc/>
    public abstract void Clear();

    /// <summary>Takes out the last item.</summary>
    /// <exception cref="InvalidOperationException">The list is empty.</exception>
    public object? Pop() => TryPop(-1, out object? value) ? value : throw new InvalidOperationException($"The list '{Name}' is empty.");

    /// <summary>Takes out an item by its index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    public object? Pop(int index) =>
        TryPop(index, out object? value) ? value : throw new ArgumentOutOfRangeException(nameof(index), index, $"The list '{Name}' has no item of this index.");

    /// <summary>Takes out the last item.</summary>
    /// <returns>False when the list is empty.</returns>
    public bool TryPop(out object? value) => TryPop(-1, out value);

    /// <summary>Takes out an item by its index.</summary>
    /// <returns>False when there is none of this index.</returns>
    public abstract bool TryPop(int index, out object? value);

    /// <summary>Sets an item.</summary>
    /// <returns>The one before.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    public abstract object? Swap(int index, object? value);

    /// <summary>Sets an item if it is what is expected.</summary>
    /// <returns>False when it is another, or there is none of this index; then nothing was changed.</returns>
    public abstract bool TryUpdate(int index, object? value, object? expected);

    /// <summary>Sets an item to what a script block makes of it. When another process changes it meanwhile, the script block runs again with the new one.</summary>
    /// <param name="index">Which.</param>
    /// <param name="script">Gets the item as <c>$_</c> and first argument, and writes the new one.</param>
    /// <returns>The item after that.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    public abstract object? Update(int index, ScriptBlock script);

    /// <summary>Adds 1 to an item that is a number.</summary>
    /// <returns>The number after that.</returns>
    /// <exception cref="NotANumberException">The item is no number.</exception>
    public object Increment(int index) => Increment(index, 1);

    /// <summary>Adds to an item that is a number.</summary>
    /// <returns>The number after that.</returns>
    /// <exception cref="NotANumberException">The item is no number.</exception>
    public abstract object Increment(int index, object by);

    /// <summary>Turns the list around.</summary>
    public abstract void Reverse();

    /// <summary>Sorts the list as PowerShell compares: numbers by value, texts without regard to case.</summary>
    /// <param name="descending">The largest first.</param>
    public abstract void Sort(bool descending = false);

    /// <summary>The index of the first item that equals a value in type and content, or -1.</summary>
    public abstract int IndexOf(object? value);

    /// <inheritdoc/>
    public bool Contains(object? value) => IndexOf(value) >= 0;

    /// <summary>Some items of one instant.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many at most.</param>
    public abstract object?[] GetRange(int start, int count);

    /// <summary>All items of one instant.</summary>
    public abstract object?[] ToArray();

    /// <summary>Waits until the list changes.</summary>
    /// <returns>True.</returns>
    public bool Wait() => WaitCore(Timeout.InfiniteTimeSpan, default);

    /// <summary>Waits until the list changes, no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Wait(double timeoutSeconds) => WaitCore(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)), default);

    /// <summary>Waits until the list changes, no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellation = default) => WaitCore(WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <inheritdoc/>
    public void CopyTo(Array array, int index) => ToArray().CopyTo(array, index);

    /// <inheritdoc/>
    public IEnumerator GetEnumerator() => ToArray().GetEnumerator();

    private protected abstract bool WaitCore(TimeSpan timeout, CancellationToken cancellation);
}

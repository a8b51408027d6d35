using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A dictionary that processes share (Python's <c>Manager().dict()</c>, and more). Keys are anything that can be serialized; keys that are texts are the same in upper and lower case, unless it was made case-sensitive.
/// Values are copies: what is taken out and changed is not changed in the dictionary, but shared objects of the same state are values too, and stay shared. Each member is one atomic operation. Enumerating works on a copy
/// of one instant, in the order in which the keys were added.
/// </summary>
[SuppressMessage("Design", "CA1010:Generic interface should also be implemented", Justification = "PowerShell works with the interface that has no type parameter.")]
public abstract class SharedDictionary : SharedObject, IDictionary
{
    private protected SharedDictionary(SharedState state, string name)
        : base(state, name, SharedObjectKind.Dictionary)
    {
    }

    /// <summary>True when keys that are texts differ in upper and lower case.</summary>
    public abstract bool IsCaseSensitive { get; }

    /// <inheritdoc/>
    public abstract int Count { get; }

    /// <summary>Grows with each change of the dictionary.</summary>
    public abstract long Version { get; }

    /// <inheritdoc/>
    public bool IsFixedSize => false;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public bool IsSynchronized => true;

    /// <inheritdoc/>
    public object SyncRoot => this;

    /// <summary>The keys at this instant: an array.</summary>
    public abstract ICollection Keys { get; }

    /// <summary>The values at this instant: an array.</summary>
    public abstract ICollection Values { get; }

    /// <summary>The value of a key, or null when there is none.</summary>
    /// <exception cref="NotSerializableException">The key or the value cannot be shared.</exception>
    public abstract object? this[object key] { get; set; }

    /// <summary>Adds a key that is not there yet.</summary>
    /// <exception cref="ArgumentException">It is there; nothing was changed.</exception>
    public void Add(object key, object? value)
    {
        if (!TryAdd(key, value))
        {
            throw new ArgumentException($"The key '{key}' is in the dictionary '{Name}' already.", nameof(key));
        }
    }

    /// <summary>Adds a key if it is not there yet.</summary>
    /// <returns>False when it is there; then nothing was changed.</returns>
    public abstract bool TryAdd(object key, object? value);

    /// <inheritdoc/>
    public abstract bool Contains(object key);

    /// <summary>Whether a key is there.</summary>
    public bool ContainsKey(object key) => Contains(key);

    /// <summary>The value of a key.</summary>
    /// <returns>False when there is none.</returns>
    public abstract bool TryGetValue(object key, out object? value);

    /// <summary>The value of a key, or another value when there is none (Python's <c>get</c>).</summary>
    public object? Get(object key, object? defaultValue = null) => TryGetValue(key, out object? value) ? value : defaultValue;

    /// <summary>Sets the value of a key.</summary>
    public void Set(object key, object? value) => this[key] = value;

    /// <summary>The value of a key; when there is none, it is added (Python's <c>setdefault</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value to add, or a script block that makes it: that runs only when there is none, and of several at once only one's value is kept.</param>
    /// <returns>The value that is there now.</returns>
    public abstract object? GetOrAdd(object key, object? value);

    /// <summary>Sets the value of a key if it is what is expected.</summary>
    /// <returns>False when it is another, or there is none; then nothing was changed.</returns>
    public abstract bool TryUpdate(object key, object? value, object? expected);

    /// <summary>Sets the value of a key to what a script block makes of it. When another process changes it meanwhile, the script block runs again with the new one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="script">Gets the value, null when there is none, as <c>$_</c> and first argument, and writes the new one.</param>
    /// <returns>The value after that.</returns>
    public abstract object? Update(object key, ScriptBlock script);

    /// <summary>Adds 1 to a number; a key that is not there counts as 0.</summary>
    /// <returns>The number after that.</returns>
    /// <exception cref="NotANumberException">The value is no number.</exception>
    public object Increment(object key) => Increment(key, 1);

    /// <summary>Adds to a number; a key that is not there counts as 0.</summary>
    /// <returns>The number after that.</returns>
    /// <exception cref="NotANumberException">The value is no number.</exception>
    public abstract object Increment(object key, object by);

    /// <summary>Subtracts 1 from a number; a key that is not there counts as 0.</summary>
    /// <returns>The number after that.</returns>
    /// <exception cref="NotANumberException">The value is no number.</exception>
    public object Decrement(object key) => Increment(key, -1);

    /// <summary>Sets the value of a key.</summary>
    /// <returns>The one before, or null when there was none.</returns>
    public abstract object? Swap(object key, object? value);

    /// <summary>Takes a key out.</summary>
    /// <returns>Its value.</returns>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public object? Pop(object key) => TryPop(key, out object? value) ? value : throw new KeyNotFoundException($"The dictionary '{Name}' has no key '{key}'.");

    /// <summary>Takes a key out, or returns another value when there is none.</summary>
    public object? Pop(object key, object? defaultValue) => TryPop(key, out object? value) ? value : defaultValue;

    /// <summary>Takes a key out.</summary>
    /// <returns>False when there is none.</returns>
    public abstract bool TryPop(object key, out object? value);

    /// <summary>Takes out the key that was added last (Python's <c>popitem</c>).</summary>
    /// <returns>The key and its value.</returns>
    /// <exception cref="InvalidOperationException">The dictionary is empty.</exception>
    public abstract DictionaryEntry PopItem();

    /// <summary>Takes a key out.</summary>
    /// <returns>False when there is none.</returns>
    public abstract bool Remove(object key);

    /// <inheritdoc/>
    void IDictionary.Remove(object key) => Remove(key);

    /// <inheritdoc/>
    public abstract void Clear();

    /// <summary>Sets many keys at once, all or none (Python's <c>update</c>).</summary>
    /// <param name="entries">The keys and their values.</param>
    public abstract void SetMany(IDictionary entries);

    /// <summary>The values of many keys of one instant.</summary>
    /// <param name="keys">The keys.</param>
    /// <returns>A value for each key, null where there is none.</returns>
    public abstract object?[] GetMany(IEnumerable keys);

    /// <summary>A copy of the dictionary of one instant, with its rule for upper and lower case.</summary>
    public abstract Hashtable ToHashtable();

    /// <summary>Waits until the value of a key changes, comes or goes.</summary>
    /// <returns>True.</returns>
    public bool Wait(object key) => WaitCore(key, Timeout.InfiniteTimeSpan, default);

    /// <summary>Waits until the value of a key changes, comes or goes, no longer than the time given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    public bool Wait(object key, double timeoutSeconds) => WaitCore(key, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)), default);

    /// <summary>Waits until the value of a key changes, comes or goes, no longer than the time given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Wait(object key, TimeSpan timeout, CancellationToken cancellation = default) => WaitCore(key, WaitTime.Checked(timeout, nameof(timeout)), cancellation);

    /// <summary>Waits until a script block is true of the value of a key. No change is missed between two looks.</summary>
    /// <param name="key">The key.</param>
    /// <param name="predicate">Gets the value, null when there is none, as <c>$_</c> and first argument.</param>
    /// <returns>True.</returns>
    public bool WaitUntil(object key, ScriptBlock predicate) => WaitUntilCore(key, predicate, Timeout.InfiniteTimeSpan);

    /// <summary>Waits until a script block is true of the value of a key, no longer than the time given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="predicate">Gets the value, null when there is none, as <c>$_</c> and first argument.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    public bool WaitUntil(object key, ScriptBlock predicate, double timeoutSeconds) => WaitUntilCore(key, predicate, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits until a script block is true of the value of a key, no longer than the time given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="predicate">Gets the value, null when there is none, as <c>$_</c> and first argument.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>False when the time was over first.</returns>
    public bool WaitUntil(object key, ScriptBlock predicate, TimeSpan timeout) => WaitUntilCore(key, predicate, WaitTime.Checked(timeout, nameof(timeout)));

    /// <inheritdoc/>
    public abstract void CopyTo(Array array, int index);

    /// <inheritdoc/>
    public abstract IDictionaryEnumerator GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected abstract bool WaitCore(object key, TimeSpan timeout, CancellationToken cancellation);

    private protected abstract bool WaitUntilCore(object key, ScriptBlock predicate, TimeSpan timeout);
}

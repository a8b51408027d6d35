using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ProcessTools;

/// <summary>
/// Elements of one primitive type, directly in shared memory (Python's <c>Array</c> and <c>shared_memory</c>): large numbers of numbers are shared without a copy. Reading, writing, and the operations on one element are atomic;
/// <see cref="Lock"/> is for more. The number of elements never changes.
/// </summary>
[SuppressMessage("Design", "CA1010:Generic interface should also be implemented", Justification = "PowerShell works with the interface that has no type parameter.")]
public abstract class SharedArray : SharedObject, IList
{
    // Boxed once: a loop in a script calls this.
    private static readonly object s_one = 1;

    private protected SharedArray(SharedState state, string name)
        : base(state, name, SharedObjectKind.Array)
    {
    }

    /// <summary>The type of the elements: a number, Boolean, character, DateTime or TimeSpan.</summary>
    public abstract Type ElementType { get; }

    /// <summary>The number of elements.</summary>
    public abstract int Count { get; }

    /// <summary>The number of elements, as PowerShell's arrays call it.</summary>
    public int Length => Count;

    /// <summary>A lock that belongs to the array (Python's <c>get_lock</c>). The other members do not take it.</summary>
    public abstract SharedRLock Lock { get; }

    /// <inheritdoc/>
    public bool IsFixedSize => true;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public bool IsSynchronized => true;

    /// <inheritdoc/>
    public object SyncRoot => this;

    /// <summary>An element. A negative index counts from the end. What is set is converted to <see cref="ElementType"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    public abstract object? this[int index] { get; set; }

    /// <summary>Adds a number to an element; to a DateTime or a TimeSpan, a TimeSpan.</summary>
    /// <returns>The element after that.</returns>
    /// <exception cref="OverflowException">The type has no such value; nothing was changed.</exception>
    public abstract object Increment(int index, object by);

    /// <summary>Adds 1 to an element.</summary>
    /// <returns>The element after that.</returns>
    /// <exception cref="OverflowException">The type has no such value; nothing was changed.</exception>
    public object Increment(int index) => Increment(index, s_one);

    /// <summary>Sets an element.</summary>
    /// <returns>The one before.</returns>
    public abstract object Swap(int index, object value);

    /// <summary>Sets an element if it is what is expected (compare-and-exchange).</summary>
    /// <returns>False when it was another; then nothing was changed.</returns>
    public abstract bool TryUpdate(int index, object value, object expected);

    /// <summary>
    /// The elements themselves, in the memory that all processes see; no copy. Valid as long as this object is: end with <see cref="GC.KeepAlive"/> of it. Nothing orders what one process writes before what another reads: use
    /// <see cref="Lock"/>, or another of the state's locks.
    /// </summary>
    /// <typeparam name="T">The element's type, or <see cref="byte"/>. A DateTime is a <see cref="long"/>, as <see cref="DateTime.ToBinary"/> makes it.</typeparam>
    /// <exception cref="InvalidCastException">The elements are of another type.</exception>
    /// <exception cref="InvalidOperationException">They are more bytes than a span can have.</exception>
    public abstract Span<T> AsSpan<T>()
        where T : unmanaged;

    /// <summary>A copy of all elements: an array of <see cref="ElementType"/>.</summary>
    public abstract Array ToArray();

    /// <summary>A copy of some elements: an array of <see cref="ElementType"/>.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    public abstract Array ToArray(int start, int count);

    /// <inheritdoc/>
    public abstract void CopyTo(Array array, int index);

    /// <summary>Copies elements from an array of any numbers into this one.</summary>
    /// <param name="source">The array.</param>
    /// <param name="start">Where its first element goes.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public abstract void CopyFrom(Array source, int start = 0);

    /// <summary>The bytes of all elements, a copy, in the machine's order.</summary>
    public abstract byte[] GetBytes();

    /// <summary>Sets all elements to one value.</summary>
    public abstract void Fill(object value);

    /// <summary>Sets all elements to zero.</summary>
    public abstract void Clear();

    /// <inheritdoc/>
    public abstract int IndexOf(object? value);

    /// <inheritdoc/>
    public bool Contains(object? value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public abstract IEnumerator GetEnumerator();

    /// <inheritdoc/>
    int IList.Add(object? value) => throw FixedSize();

    /// <inheritdoc/>
    void IList.Insert(int index, object? value) => throw FixedSize();

    /// <inheritdoc/>
    void IList.Remove(object? value) => throw FixedSize();

    /// <inheritdoc/>
    void IList.RemoveAt(int index) => throw FixedSize();

    private static NotSupportedException FixedSize() => new("A shared array keeps the number of its elements. A list grows: use $state.List(name).");
}

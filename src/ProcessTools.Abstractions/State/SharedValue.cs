using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// One value of a primitive type, directly in shared memory (Python's <c>Value</c>): a number, a Boolean, a character, a DateTime or a TimeSpan. Each member is one atomic operation; <see cref="Lock"/> is for more than one.
/// </summary>
public abstract class SharedValue : SharedObject
{
    // Boxed once: a loop in a script calls these.
    private static readonly object s_one = 1;
    private static readonly object s_minusOne = -1;

    private protected SharedValue(SharedState state, string name)
        : base(state, name, SharedObjectKind.Value)
    {
    }

    /// <summary>The type of the value, which never changes.</summary>
    public abstract Type ValueType { get; }

    /// <summary>The value. What is set is converted to <see cref="ValueType"/>.</summary>
    /// <exception cref="PSInvalidCastException">What is set cannot be converted.</exception>
    public abstract object Value { get; set; }

    /// <summary>A lock that belongs to the value (Python's <c>get_lock</c>). The other members do not take it.</summary>
    public abstract SharedRLock Lock { get; }

    /// <summary>Adds 1.</summary>
    /// <returns>The value after that.</returns>
    /// <exception cref="OverflowException">The type has no such value; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The type is no number.</exception>
    public object Increment() => Increment(s_one);

    /// <summary>Adds a number; to a DateTime or a TimeSpan, a TimeSpan.</summary>
    /// <param name="by">The number.</param>
    /// <returns>The value after that.</returns>
    /// <exception cref="OverflowException">The type has no such value; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The type is no number.</exception>
    /// <exception cref="ArgumentException">A fraction was to be added to what is always a whole number.</exception>
    public abstract object Increment(object by);

    /// <summary>Subtracts 1.</summary>
    /// <returns>The value after that.</returns>
    /// <exception cref="OverflowException">The type has no such value; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The type is no number.</exception>
    public object Decrement() => Increment(s_minusOne);

    /// <summary>Sets the value.</summary>
    /// <param name="value">The new one.</param>
    /// <returns>The one before.</returns>
    public abstract object Swap(object value);

    /// <summary>Sets the value if it is what is expected (compare-and-exchange).</summary>
    /// <param name="value">The new one.</param>
    /// <param name="expected">The one that is expected.</param>
    /// <returns>False when it was another; then nothing was changed.</returns>
    public abstract bool TryUpdate(object value, object expected);

    /// <summary>Sets the value to what a script block makes of it. When another process changes it meanwhile, the script block runs again.</summary>
    /// <param name="script">Gets the value as <c>$_</c> and first argument, and writes the new one.</param>
    /// <returns>The value after that.</returns>
    public abstract object Update(ScriptBlock script);

    /// <summary>The value as text.</summary>
    public override string ToString() => LanguagePrimitives.ConvertTo<string>(Value);
}

namespace ProcessTools.Engine.State;

/// <summary>A type that is no number: Boolean, character.</summary>
/// <typeparam name="T">The type.</typeparam>
internal sealed unsafe class PlainElement<T> : ElementType<T>
    where T : unmanaged, IEquatable<T>
{
    /// <inheritdoc/>
    public override object Increment(byte* cell, object? by) => throw new InvalidOperationException($"A {typeof(T).Name} is no number: nothing can be added to it.");
}

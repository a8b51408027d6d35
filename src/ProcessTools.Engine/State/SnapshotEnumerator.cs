using System.Collections;

namespace ProcessTools.Engine.State;

/// <summary>Enumerates the copy of a dictionary.</summary>
internal sealed class SnapshotEnumerator(object?[] keys, object?[] values) : IDictionaryEnumerator
{
    private int _index = -1;

    /// <inheritdoc/>
    public DictionaryEntry Entry => new(keys[_index]!, values[_index]);

    /// <inheritdoc/>
    public object Key => keys[_index]!;

    /// <inheritdoc/>
    public object? Value => values[_index];

    /// <inheritdoc/>
    public object Current => Entry;

    /// <inheritdoc/>
    public bool MoveNext() => ++_index < keys.Length;

    /// <inheritdoc/>
    public void Reset() => _index = -1;
}

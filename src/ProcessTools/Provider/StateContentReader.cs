using System.Collections;
using System.Management.Automation.Provider;

namespace ProcessTools.Provider;

/// <summary>Reads the value of an item: of a value object its value, of an entry what it has, and otherwise the shared object itself.</summary>
internal sealed class StateContentReader(StatePath place) : IContentReader
{
    // What there is to read, once it is known, and how much of it has been read.
    private IList? _all;
    private int _position;

    /// <summary>Reads the value.</summary>
    /// <param name="readCount">Negative for <c>$shared:name</c>, which gets the value as it is. Get-Content gets the elements of an array, so many at a time; 0 for all.</param>
    public IList Read(long readCount)
    {
        if (_all is null)
        {
            object? value = null;
            bool isThere = TryGet(ref value);
            _all = !isThere ? Array.Empty<object>() : readCount >= 0 && value is Array array ? array : new[] { value };
        }

        int end = readCount <= 0 ? _all.Count : (int)Math.Min(_position + readCount, _all.Count);
        List<object?> part = new(end - _position);
        for (; _position < end; _position++)
        {
            part.Add(_all[_position]);
        }

        return part;
    }

    /// <inheritdoc/>
    public void Seek(long offset, SeekOrigin origin) => throw new System.Management.Automation.PSNotSupportedException("A shared value is read from its beginning.");

    /// <inheritdoc/>
    public void Close()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private bool TryGet(ref object? value)
    {
        if (!place.TryGet(out object? found))
        {
            return false;
        }

        value = found is SharedValue shared ? shared.Value : found;
        return true;
    }
}

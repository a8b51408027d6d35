using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Provider;

namespace ProcessTools.Provider;

/// <summary>Sets the value of an item, or adds to a list.</summary>
/// <remarks>
/// <c>$shared:name = …</c> writes once; Set-Content writes once for each object that comes through the pipeline. The first write sets the value at once, so that its error is the error of the assignment; of several writes the last sets
/// an array of all.
/// </remarks>
internal sealed class StateContentWriter(StatePath place, string path, Action<ErrorRecord> writeError) : IContentWriter
{
    private ArrayList? _all;
    private SharedList? _list;
    private bool _isBehind;

    /// <inheritdoc/>
    public IList Write(IList content)
    {
        if (_list is not null)
        {
            _list.AddRange(content);
        }
        else if (_all is null)
        {
            place.Set(ValueOf(content));
            _all = [.. content];
        }
        else
        {
            _all.AddRange(content);
            _isBehind = true;
        }

        return content;
    }

    /// <summary>What Add-Content does before it writes.</summary>
    public void Seek(long offset, SeekOrigin origin)
    {
        _list = place.TryGet(out object? value) ? value as SharedList : null;
        if (_list is null || offset != 0 || origin != SeekOrigin.End)
        {
            throw new PSNotSupportedException($"'{path}' is no shared list, and only to a list something can be added. Set-Content sets a value.");
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        if (!_isBehind)
        {
            return;
        }

        _isBehind = false;
        try
        {
            place.Set(_all!.ToArray());
        }
        catch (ProcessToolsException exception)
        {
            // Set-Content is silent about what goes wrong when it closes.
            writeError(exception.ErrorRecord);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>One value comes in an array of one; a collection comes as itself.</summary>
    private static object? ValueOf(IList content)
    {
        object? value = content is object?[] { Length: 1 } single ? single[0] : content;
        return value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;
    }
}

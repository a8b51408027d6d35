using System.Management.Automation;
using System.Management.Automation.Provider;
using System.Runtime.CompilerServices;
using ProcessTools.Engine.State;

namespace ProcessTools.Provider;

/// <summary>
/// Drives of shared states: <c>New-PSDrive -PSProvider SharedState -Name shared -Root build</c>. The children of the root are the state's objects and the entries of its <see cref="SharedState.Items"/>; dictionaries and namespaces have
/// their keys as children.
/// </summary>
[CmdletProvider("SharedState", ProviderCapabilities.ShouldProcess)]
public sealed partial class SharedStateProvider : NavigationCmdletProvider
{
    /// <inheritdoc/>
    protected override PSDriveInfo? NewDrive(PSDriveInfo drive)
    {
        ArgumentNullException.ThrowIfNull(drive);
        if (drive is SharedStateDrive)
        {
            return drive;
        }

        try
        {
            return new SharedStateDrive(drive, drive.Root.Length == 0 || drive.Root == SharedStateDrive.OwnRoot ? Own() : Open(drive.Root, existing: false));
        }
        catch (ProcessToolsException exception)
        {
            WriteError(exception.ErrorRecord);
            return null;
        }
    }

    /// <inheritdoc/>
    protected override bool IsValidPath(string path) => path is not null;

    /// <summary>
    /// Whether there is an item. PowerShell takes an exception for a no, and so <c>$shared:name</c> of a state that is lost would be null. So a state that cannot be asked says yes, and what is done next is the error; only Test-Path,
    /// which brings what <see cref="ItemExistsDynamicParameters"/> returned, does nothing next.
    /// </summary>
    protected override bool ItemExists(string path)
    {
        try
        {
            return Follow(path).TryGet(out _);
        }
        catch (ProcessToolsException exception)
        {
            if (DynamicParameters is not TestRequest test)
            {
                return true;
            }

            if (test.Reported.Add(path))
            {
                WriteError(exception.ErrorRecord);
            }

            return false;
        }
    }

    /// <inheritdoc/>
    protected override object ItemExistsDynamicParameters(string path) => new TestRequest();

    /// <inheritdoc/>
    protected override bool IsItemContainer(string path) => Follow(path).AsFolder() is not null;

    /// <inheritdoc/>
    protected override bool HasChildItems(string path) => Follow(path).AsFolder()?.HasChildren == true;

    /// <inheritdoc/>
    protected override void GetItem(string path) => Try(path, place =>
    {
        if (place.AsItem() is { } item)
        {
            WriteItemObject(item, path, place.AsFolder() is not null);
        }

        return true;
    });

    /// <inheritdoc/>
    protected override void GetChildItems(string path, bool recurse) => GetChildItems(path, recurse, uint.MaxValue);

    /// <inheritdoc/>
    protected override void GetChildItems(string path, bool recurse, uint depth) => Try(path, place =>
    {
        if (place.AsFolder() is { } folder)
        {
            WriteChildren(path, folder, recurse ? depth : 0, []);
        }
        else
        {
            // A path that leads to an entry is the entry.
            GetItem(path);
        }

        return true;
    });

    /// <inheritdoc/>
    protected override void GetChildNames(string path, ReturnContainers returnContainers) => Try(path, place =>
    {
        foreach (string name in place.AsFolder()?.Names() ?? [])
        {
            WriteItemObject(name, MakePath(path, name), isContainer: false);
        }

        return true;
    });

    /// <inheritdoc/>
    protected override void SetItem(string path, object value) => Try(path, place =>
    {
        if (ShouldProcess(path, "Set the shared value"))
        {
            place.Set(value);
            GetItem(path);
        }

        return true;
    });

    /// <inheritdoc/>
    protected override void ClearItem(string path) => Try(path, place =>
    {
        if (ShouldProcess(path, "Clear the shared value"))
        {
            place.Clear();
        }

        return true;
    });

    /// <inheritdoc/>
    protected override void RemoveItem(string path, bool recurse) => Try(path, place =>
    {
        if (place.IsRoot)
        {
            WriteError(new ErrorRecord(
                new PSInvalidOperationException($"'{place.State}' is the root of a drive. Remove-SharedState removes a state, and Remove-PSDrive the drive alone."), "SharedStateIsRoot", ErrorCategory.InvalidOperation, path));
        }
        else if (ShouldProcess(path, "Remove from the shared state"))
        {
            place.Parent?.Remove(place.Name);
        }

        return true;
    });

    // Out of line: PowerShell looks at this class before the engine can be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SharedState Own() => SharedStates.Own();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SharedState Open(string name, bool existing) => SharedStates.Open(name, existing);

    private void WriteChildren(string path, StateFolder folder, uint depth, HashSet<string> above)
    {
        foreach (SharedStateItem item in folder.Children())
        {
            string childPath = MakePath(path, item.Name);
            StateFolder? below = item.Kind is nameof(SharedObjectKind.Dictionary) or nameof(SharedObjectKind.Namespace) ? StateFolder.Of(item.Value) : null;
            WriteItemObject(item, childPath, below is not null);

            // A dictionary can be in itself.
            if (below is not null && depth > 0 && above.Add(below.Id))
            {
                WriteChildren(childPath, below, depth - 1, above);
                above.Remove(below.Id);
            }

            if (Stopping)
            {
                return;
            }
        }
    }

    /// <summary>Follows a path and does something there; what goes wrong is the command's error.</summary>
    private bool Try(string path, Func<StatePath, bool> action)
    {
        try
        {
            return action(Follow(path));
        }
        catch (ProcessToolsException exception)
        {
            WriteError(exception.ErrorRecord);
        }
        catch (Exception exception) when (exception is IContainsErrorRecord or ArgumentException or OverflowException or FormatException && exception is not (PipelineStoppedException or FlowControlException))
        {
            WriteError(exception is IContainsErrorRecord known
                ? new ErrorRecord(known.ErrorRecord, exception)
                : new ErrorRecord(exception, "InvalidValue", ErrorCategory.InvalidArgument, path));
        }

        return false;
    }

    private StatePath Follow(string path)
    {
        if (PSDriveInfo is SharedStateDrive current)
        {
            return StatePath.Follow(current.State, IsBelow(path, current.Root) ? path[current.Root.Length..] : path);
        }

        // A path of the provider, as the property PSPath of items has it: the first name is that of the state. A drive that holds it is the best way to it.
        foreach (PSDriveInfo drive in ProviderInfo.Drives)
        {
            if (drive is SharedStateDrive shared && IsBelow(path, shared.Root))
            {
                return StatePath.Follow(shared.State, path[shared.Root.Length..]);
            }
        }

        int end = path.IndexOfAny(['\\', '/']);
        string name = end < 0 ? path : path[..end];
        return StatePath.Follow(name is "" or SharedStateDrive.OwnRoot ? Own() : Open(name, existing: true), path[name.Length..]);
    }

    private static bool IsBelow(string path, string root) =>
        path.StartsWith(root, StringComparison.OrdinalIgnoreCase) && (path.Length == root.Length || path[root.Length] is '\\' or '/');

    private sealed class TestRequest
    {
        /// <summary>The paths whose error is written; PowerShell asks several times for each.</summary>
        public HashSet<string> Reported { get; } = [];
    }
}

using System.Collections.ObjectModel;
using System.Management.Automation;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>What PowerShell writes a task's output into: each object goes on at once, and none is kept.</summary>
internal sealed class OutputCollection(PoolWorkerOutput output) : Collection<PSObject>
{
    /// <inheritdoc/>
    protected override void InsertItem(int index, PSObject item) => output.SendObject(PoolMessageKind.Output, item);
}

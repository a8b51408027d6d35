using System.Management.Automation;
using System.Runtime.CompilerServices;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pools;
using ProcessTools.Engine.Workers;

namespace ProcessTools;

/// <summary>
/// Runs at <c>Import-Module</c> and <c>Remove-Module</c>: makes the engine resolvable, has what dead processes left swept in the
/// background, and ends the standby workers.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport()
    {
        EngineLoadContext.Register();
        ThreadPool.UnsafeQueueUserWorkItem(static _ => Sweep(), null);
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => EndWorkers();

    // Out of line: the engine can be resolved only after OnImport.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Sweep()
    {
        RuntimeFolder.Sweep();
        NameTable.Queues.Sweep();
        NameTable.States.Sweep();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EndWorkers()
    {
        SessionPools.Clear();
        StandbyWorkers.Clear();
    }
}

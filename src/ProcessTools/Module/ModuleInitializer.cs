using System.Management.Automation;
using System.Runtime.CompilerServices;
using ProcessTools.Engine.Workers;

namespace ProcessTools;

/// <summary>
/// Runs at <c>Import-Module</c> and <c>Remove-Module</c>: makes the engine resolvable, and ends the standby workers. Nothing else
/// happens at import, because each worker pays for it.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport() => EngineLoadContext.Register();

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => EndStandbyWorkers();

    // Out of line: the engine can be resolved only after OnImport.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EndStandbyWorkers() => StandbyWorkers.Clear();
}

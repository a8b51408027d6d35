using System.Management.Automation;

namespace ProcessTools;

/// <summary>Runs at <c>Import-Module</c>: makes the engine resolvable. Nothing else happens at import, because each worker pays for it.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport() => EngineLoadContext.Register();
}

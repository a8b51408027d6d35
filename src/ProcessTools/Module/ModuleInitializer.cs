using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pools;
using ProcessTools.Engine.Runtime;
using ProcessTools.Engine.Workers;

namespace ProcessTools;

/// <summary>
/// Runs at <c>Import-Module</c> and <c>Remove-Module</c>: makes the engine resolvable, has what dead processes left swept in the
/// background, and ends the standby workers.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    // A process has one PowerShell: whoever imports the module again knows already.
    private static bool s_hasLooked;

    /// <inheritdoc/>
    public void OnImport()
    {
        EngineLoadContext.Register();
        Warn();
        ThreadPool.UnsafeQueueUserWorkItem(static _ => Sweep(), null);
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => EndWorkers();

    // Out of line, as all below: the engine can be resolved only after OnImport.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Warn()
    {
        if (!s_hasLooked)
        {
            s_hasLooked = true;
            Warn(HiddenMembers.All);
        }
    }

    /// <summary>Warns the session that imports the module, when this PowerShell lacks something that changes what the module does.</summary>
    /// <param name="members">The members to look for.</param>
    internal static void Warn(IEnumerable<HiddenMember> members)
    {
        if (HiddenMembers.Warning(members) is { } warning && Runspace.DefaultRunspace is not null)
        {
            ScriptBlock.Create("param($message) Write-Warning $message").Invoke(warning);
        }
    }

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

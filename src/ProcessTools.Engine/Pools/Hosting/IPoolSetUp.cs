using System.Management.Automation;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>What setting a script up takes of the worker's runspace, inside its running pipeline.</summary>
internal interface IPoolSetUp
{
    /// <summary>Imports modules into the global scope.</summary>
    public void ImportModules(IReadOnlyCollection<string> modules);

    /// <summary>Runs a script in the global scope.</summary>
    public void RunGlobally(ScriptSource source);

    /// <summary>Runs a script in the scope of a module.</summary>
    public void RunIn(PSModuleInfo module, ScriptBlock script, params object?[] arguments);
}

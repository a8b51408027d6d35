using System.Management.Automation;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>The command as which a pool's worker runs its tasks, so that they run inside a pipeline, as any script does. Not for users.</summary>
internal sealed class PoolLoopCommand : PSCmdlet, IPoolSetUp
{
    /// <summary>Its name.</summary>
    public const string Name = "Invoke-ProcessPoolTask";

    /// <summary>The tasks.</summary>
    [Parameter(Mandatory = true)]
    public PoolHost Tasks { get; set; } = null!;

    /// <inheritdoc/>
    public void ImportModules(IReadOnlyCollection<string> modules) => InvokeCommand.InvokeScript(
        SessionState, ScriptBlock.Create("param($name) Import-Module -Name $name -Global -ErrorAction Stop"), [modules.ToArray()]);

    /// <inheritdoc/>
    public void RunGlobally(ScriptSource source) => InvokeCommand.InvokeScript(SessionState, source.Parse());

    /// <inheritdoc/>
    public void RunIn(PSModuleInfo module, ScriptBlock script, params object?[] arguments) => InvokeCommand.InvokeScript(module.SessionState, script, arguments);

    /// <inheritdoc/>
    protected override void EndProcessing() => Tasks.RunTasks(this, MyInvocation, SessionState);
}

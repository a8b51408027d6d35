using System.Management.Automation.Runspaces;
using System.Reflection;

namespace ProcessTools.Runner;

/// <summary>
/// Lets <c>exit</c> in a script file reach the host. The engine hands it up only when the host asks for it by a switch that has no
/// public door: pwsh, whose -File this follows, sets it from inside. Without it a script's exit is indistinguishable from its end.
/// </summary>
internal static class ExitPropagation
{
    private const BindingFlags Inside = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Switches it on.</summary>
    /// <param name="runspace">An opened runspace.</param>
    /// <exception cref="MissingMemberException">This version of System.Management.Automation does it in another way.</exception>
    public static void Enable(Runspace runspace)
    {
        object? context = typeof(Runspace).GetProperty("GetExecutionContext", Inside)?.GetValue(runspace);
        PropertyInfo? rethrow = context?.GetType().GetProperty("ScriptCommandProcessorShouldRethrowExit", Inside);
        if (rethrow is null)
        {
            // Said at once: exit codes that get lost are worse than a runner that does not start.
            throw new MissingMemberException("ExecutionContext", "ScriptCommandProcessorShouldRethrowExit");
        }

        rethrow.SetValue(context, true);
    }
}

using System.Management.Automation.Runspaces;

namespace ProcessTools.Runner;

/// <summary>What is to be run: a script file or a text, with its arguments.</summary>
/// <param name="Source">The full path of the script file, or the script's text.</param>
/// <param name="IsFile">Whether <paramref name="Source"/> is a path.</param>
/// <param name="Arguments">The arguments, as PowerShell's binder wants them.</param>
internal sealed record ScriptInvocation(string Source, bool IsFile, IReadOnlyList<CommandParameter> Arguments)
{
    /// <summary>The invocation as a command of a pipeline.</summary>
    /// <returns>A new command.</returns>
    public Command ToCommand()
    {
        var command = new Command(Source, isScript: !IsFile);
        foreach (CommandParameter argument in Arguments)
        {
            command.Parameters.Add(argument);
        }

        // Errors and output reach the console in the order in which the script wrote them.
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        return command;
    }
}

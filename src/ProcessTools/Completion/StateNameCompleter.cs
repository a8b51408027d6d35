using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.State;

namespace ProcessTools;

/// <summary>Completes the names of the shared states that exist.</summary>
internal sealed class StateNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SharedStates.List().Select(info => NameCompletion.Offer(info.Name, wordToComplete, $"{info.Objects} object(s), {info.Holders} holder(s)")).OfType<CompletionResult>();
}

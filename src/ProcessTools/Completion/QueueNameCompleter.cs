using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.Queues;

namespace ProcessTools;

/// <summary>Completes the names of the queues that exist.</summary>
internal sealed class QueueNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        QueueNames.GetAll().Select(name => NameCompletion.Offer(name, wordToComplete, name)).OfType<CompletionResult>();
}

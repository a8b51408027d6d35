using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.Memory;

namespace ProcessTools;

/// <summary>Completes the names of the queues that exist.</summary>
internal sealed class QueueNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameTable.Queues.GetAll().Select(queue => queue.Name).Select(name => NameCompletion.Offer(name, wordToComplete, name)).OfType<CompletionResult>();
}

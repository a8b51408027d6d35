using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.Pools;

namespace ProcessTools;

/// <summary>Completes the names of the session's pools.</summary>
internal sealed class PoolNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        SessionPools.All.Select(pool => NameCompletion.Offer(pool.Name, wordToComplete, $"{pool.State}, {pool.Size} worker(s)")).OfType<CompletionResult>();
}

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
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        foreach (WorkerPool pool in SessionPools.All)
        {
            if (pool.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                bool isPlain = pool.Name.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');
                string text = isPlain ? pool.Name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(pool.Name)}'";
                yield return new CompletionResult(text, pool.Name, CompletionResultType.ParameterValue, $"{pool.State}, {pool.Size} worker(s)");
            }
        }
    }
}

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
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        foreach (string name in QueueNames.GetAll())
        {
            if (name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                bool isPlain = name.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');
                yield return new CompletionResult(isPlain ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'", name, CompletionResultType.ParameterValue, name);
            }
        }
    }
}

using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessTools;

/// <summary>Offers the forms of a socket's address.</summary>
internal sealed class AddressCompleter : IArgumentCompleter
{
    private static readonly string[] s_forms = ["tcp://127.0.0.1:", "tcp+tls://127.0.0.1:", "unix://"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        s_forms.Where(form => form.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)).Select(static form => new CompletionResult(form));
}

using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessTools;

/// <summary>Offers the names of encodings.</summary>
internal sealed class EncodingCompleter : IArgumentCompleter
{
    private static readonly string[] s_names = ["ascii", "bigendianunicode", "latin1", "unicode", "utf32", "utf8", "utf8BOM"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        s_names.Where(name => name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)).Select(static name => new CompletionResult(name));
}

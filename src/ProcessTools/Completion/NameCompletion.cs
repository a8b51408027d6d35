using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessTools;

/// <summary>Offers names that begin with what was typed, in quotes where they need them.</summary>
internal static class NameCompletion
{
    /// <summary>Makes the result for a name, or null when it does not begin with the word.</summary>
    /// <param name="name">The name.</param>
    /// <param name="wordToComplete">What was typed.</param>
    /// <param name="toolTip">What is said of it.</param>
    public static CompletionResult? Offer(string name, string wordToComplete, string toolTip)
    {
        if (!name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        bool isPlain = name.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');
        string text = isPlain ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
        return new CompletionResult(text, name, CompletionResultType.ParameterValue, toolTip);
    }
}

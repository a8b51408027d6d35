using System.Management.Automation.Runspaces;

namespace ProcessTools.Runner;

/// <summary>
/// Turns words of a command line into a script's arguments, as <c>pwsh -File</c> does: <c>-Name value</c>, <c>-Name:value</c>,
/// <c>-Switch</c> and <c>-Switch:$false</c> bind to the script's parameters, all else by position.
/// </summary>
internal static class ScriptArguments
{
    /// <summary>Understands the words.</summary>
    /// <param name="words">Everything behind the script.</param>
    /// <returns>One argument or parameter each, in order.</returns>
    public static IReadOnlyList<CommandParameter> Parse(ReadOnlySpan<string> words)
    {
        var arguments = new List<CommandParameter>(words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (!IsParameter(word))
            {
                arguments.Add(new CommandParameter(null, word));
                continue;
            }

            int colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                // With its dash and without a value: the binder knows whether it is a switch or takes the next argument.
                arguments.Add(new CommandParameter(word));
            }
            else if (colon < word.Length - 1)
            {
                arguments.Add(new CommandParameter(word[..colon], Value(word[(colon + 1)..])));
            }
            else if (i < words.Length - 1)
            {
                arguments.Add(new CommandParameter(word[..colon], Value(words[++i])));
            }
            else
            {
                arguments.Add(new CommandParameter(word[..colon]));
            }
        }

        return arguments;
    }

    private static bool IsParameter(string word) => word.Length > 1 && word[0] == '-' && (char.IsLetter(word[1]) || word[1] is '_' or '?');

    private static object Value(string word)
    {
        if (word.Equals("$true", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return word.Equals("$false", StringComparison.OrdinalIgnoreCase) ? false : word;
    }
}

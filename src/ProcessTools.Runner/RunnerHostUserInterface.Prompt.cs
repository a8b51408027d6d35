using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace ProcessTools.Runner;

/// <summary>The console as scripts read from it. Where standard input ends, a question is an error and never a wait.</summary>
internal sealed partial class RunnerHostUserInterface
{
    /// <inheritdoc/>
    public override string ReadLine() => _input.ReadLine()!;

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString()
    {
        var secret = new SecureString();
        if (Console.IsInputRedirected)
        {
            foreach (char letter in Answer())
            {
                secret.AppendChar(letter);
            }

            return secret;
        }

        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                if (secret.Length > 0)
                {
                    secret.RemoveAt(secret.Length - 1);
                }
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        WriteLine("");
        return secret;
    }

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (FieldDescription description in descriptions)
        {
            string label = string.IsNullOrEmpty(description.Label) ? description.Name : description.Label.Replace("&", "", StringComparison.Ordinal);
            answers[description.Name] = Ask(label, description);
        }

        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteHeading(caption, message);
        string[] keys = new string[choices.Count];
        for (int i = 0; i < choices.Count; i++)
        {
            string label = choices[i].Label;
            int hot = label.IndexOf('&', StringComparison.Ordinal);
            keys[i] = hot >= 0 && hot < label.Length - 1 ? label.Substring(hot + 1, 1) : (i + 1).ToString(CultureInfo.InvariantCulture);
            Write($"[{keys[i]}] {label.Replace("&", "", StringComparison.Ordinal)}  ");
        }

        while (true)
        {
            Write(defaultChoice >= 0 ? $"(default is \"{keys[defaultChoice]}\"): " : ": ");
            string answer = Answer().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            for (int i = 0; i < choices.Count; i++)
            {
                string label = choices[i].Label.Replace("&", "", StringComparison.Ordinal);
                if (answer.Equals(keys[i], StringComparison.OrdinalIgnoreCase) || answer.Equals(label, StringComparison.OrdinalIgnoreCase))
                {
                    return i;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options)
    {
        WriteHeading(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = Answer();
        }

        Write($"Password for user {userName}: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    private void WriteHeading(string caption, string message)
    {
        if (!string.IsNullOrEmpty(caption))
        {
            WriteLine(caption);
        }

        if (!string.IsNullOrEmpty(message))
        {
            WriteLine(message);
        }
    }

    private PSObject Ask(string label, FieldDescription description)
    {
        if (description.ParameterTypeName == nameof(SecureString))
        {
            Write(label + ": ");
            return PSObject.AsPSObject(ReadLineAsSecureString());
        }

        if (!description.ParameterTypeFullName.EndsWith("[]", StringComparison.Ordinal))
        {
            Write(label + ": ");
            return PSObject.AsPSObject(Answer());
        }

        // As pwsh asks for a list: one element a line, an empty line ends it.
        var elements = new List<string>();
        while (true)
        {
            Write($"{label}[{elements.Count}]: ");
            string element = Answer();
            if (element.Length == 0)
            {
                return PSObject.AsPSObject(elements.ToArray());
            }

            elements.Add(element);
        }
    }

    private string Answer()
    {
        if (_input.ReadLine() is { } answer)
        {
            return answer;
        }

        WriteLine("");
        throw new PSInvalidOperationException("The script asked a question, but standard input has ended.");
    }
}

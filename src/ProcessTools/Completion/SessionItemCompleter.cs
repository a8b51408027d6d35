using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessTools;

/// <summary>Offers what the session has: functions for <c>-Function</c>, variables for <c>-Variable</c>, loaded modules for <c>-Module</c>.</summary>
internal sealed class SessionItemCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string script = parameterName.ToUpperInvariant() switch
        {
            "FUNCTION" => "param($word) (Get-Command -CommandType Function -Name $word -ListImported).Name",
            "VARIABLE" => "param($word) foreach ($item in $ExecutionContext.InvokeProvider.Item.Get('variable:' + $word)) { $item.Name }",
            _ => "param($word) foreach ($item in Get-Module -Name $word) { $item.Name }",
        };
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return [.. shell.AddScript(script).AddArgument(wordToComplete + "*").Invoke<string>()
            .Where(static name => !string.IsNullOrEmpty(name))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(static name => new CompletionResult(name))];
    }
}

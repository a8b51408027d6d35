using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessTools.Engine.Workers;

/// <summary>Makes the source of a function that another process can define as the body of a function.</summary>
internal static class FunctionSource
{
    /// <summary>Takes a function apart; its parameters in parentheses become a <c>param</c> block, a filter a <c>process</c> block.</summary>
    public static ScriptSource From(FunctionInfo function)
    {
        if (function.ScriptBlock.Ast is not FunctionDefinitionAst definition)
        {
            return ScriptSource.From(function.ScriptBlock);
        }

        ScriptSource body = ScriptSource.From(definition.Body);
        string text = definition.IsFilter ? $"process {{{body.Text}}}" : body.Text;
        if (definition.Parameters is not { Count: > 0 } parameters)
        {
            return body with { Text = text };
        }

        string block = $"param({string.Join(", ", parameters.Select(static parameter => parameter.Extent.Text))}) ";

        // The lines that the parameters take are taken from the blank ones before, so that the body's keep their numbers.
        int lines = block.Count(static character => character == '\n');
        return body with { Text = block + text, Line = Math.Max(1, body.Line - lines) };
    }
}

using System.Management.Automation.Language;
using System.Text;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// Turns <c>$using:</c> expressions into plain variables, which a module's scope can hold; PowerShell's own values of <c>$using:</c> belong to one call of a function. The name of such a variable
/// has a letter that looks like a colon in its place, so that a quoted line of the script keeps its columns and nobody's variable has the same name. Script blocks that another command will send elsewhere keep theirs.
/// </summary>
internal static class UsingRewriter
{
    // U+02D0, modifier letter triangular colon: a letter, so it may be in the name of a variable.
    private const char Colon = 'ː';

    /// <summary>Rewrites a script.</summary>
    /// <param name="source">The script.</param>
    /// <param name="names">Takes the variable's name for each key of an expression.</param>
    /// <returns>The script with variables.</returns>
    public static ScriptSource Rewrite(ScriptSource source, Dictionary<string, string> names)
    {
        if (!source.Text.Contains("using:", StringComparison.OrdinalIgnoreCase))
        {
            return source;
        }

        ScriptBlockAst ast = Parser.ParseInput(source.Text, out _, out _);
        List<(int Start, int End, string Text)> changes = [];
        foreach (UsingExpressionAst expression in ast.FindAll(static node => node is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>())
        {
            string key = ScriptCapture.KeyOf(expression);
            if (ScriptCapture.IsSentOn(expression, ast))
            {
                // The command that sends it on finds the variable itself, or the value of the whole expression in WorkerContext.
                if (expression.SubExpression is VariableExpressionAst)
                {
                    names[key] = UsingExpressionAst.ExtractUsingVariable(expression).VariablePath.UserPath;
                }

                continue;
            }

            string text = expression.Extent.Text;
            bool isVariable = expression.SubExpression is VariableExpressionAst;
            string name = isVariable
                ? "using" + Colon + UsingExpressionAst.ExtractUsingVariable(expression).VariablePath.UserPath
                : text.TrimStart('$', '@').Replace(':', Colon).Replace("`", string.Empty, StringComparison.Ordinal).Replace("}", string.Empty, StringComparison.Ordinal).Replace("{", string.Empty, StringComparison.Ordinal);
            names[key] = name;
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            changes.Add((expression.Extent.StartOffset, expression.Extent.EndOffset, isVariable ? string.Concat(text.AsSpan(0, colon), [Colon], text.AsSpan(colon + 1)) : "${" + name + "}"));
        }

        StringBuilder rewritten = new(source.Text);
        foreach ((int start, int end, string text) in changes.OrderByDescending(static change => change.Start))
        {
            rewritten.Remove(start, end - start).Insert(start, text);
        }

        return source with { Text = rewritten.ToString() };
    }
}

using System.Management.Automation.Language;

namespace ProcessTools.Runner;

/// <summary>
/// Tells whether a script takes pipeline input. Only then is standard input read into it: a script that asks questions, or that
/// runs programs which read, must find it untouched, and one that reads nothing must not wait for its end.
/// </summary>
internal static class InputUse
{
    /// <summary>Looks for <c>$input</c>, a <c>process</c> block, or a parameter bound from the pipeline.</summary>
    /// <param name="invocation">The script.</param>
    /// <returns>Whether it takes pipeline input.</returns>
    public static bool Of(ScriptInvocation invocation)
    {
        if (!Console.IsInputRedirected)
        {
            return false;
        }

        // Errors are left to the run itself, which reports them with their place.
        ScriptBlockAst script = invocation.IsFile
            ? Parser.ParseFile(invocation.Source, out _, out _)
            : Parser.ParseInput(invocation.Source, out _, out _);
        return script.ProcessBlock is not null || script.Find(UsesInput, searchNestedScriptBlocks: true) is not null;

        bool UsesInput(Ast node) => node is VariableExpressionAst variable
            && variable.VariablePath.IsUnqualified
            && variable.VariablePath.UserPath.Equals("input", StringComparison.OrdinalIgnoreCase)
            && BelongsTo(variable, script);
    }

    // A nested function's or script block's $input is that one's own, unless it is only a control structure of the script.
    private static bool BelongsTo(Ast node, ScriptBlockAst script)
    {
        Ast? parent = node.Parent;
        while (parent is not null and not ScriptBlockAst)
        {
            parent = parent.Parent;
        }

        return ReferenceEquals(parent, script);
    }
}

using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// The text of a script and where it stands, so that in another process an error names the same file and line, and
/// <c>$PSScriptRoot</c> is the same folder.
/// </summary>
/// <param name="Text">The text, without braces around it.</param>
/// <param name="File">The file it comes from, or null for the prompt.</param>
/// <param name="Line">The line of its first character, from 1.</param>
/// <param name="Column">The column of its first character, from 1.</param>
/// <param name="Usings">The <c>using namespace</c> and similar statements that its file begins with, ready to stand before it; or empty.</param>
internal sealed record ScriptSource(string Text, string? File, int Line, int Column, string Usings)
{
    /// <summary>Takes a script block apart.</summary>
    public static ScriptSource From(ScriptBlock script) => From((ScriptBlockAst)(script.Ast as ScriptBlockAst ?? ((FunctionDefinitionAst)script.Ast).Body));

    /// <summary>Takes a block of a parsed script.</summary>
    public static ScriptSource From(ScriptBlockAst script)
    {
        IScriptExtent extent = script.Extent;
        string text = extent.Text;
        bool isBraced = script.Parent is ScriptBlockExpressionAst or FunctionDefinitionAst && text.StartsWith('{') && text.EndsWith('}');

        // A blank for each brace keeps every column.
        return new ScriptSource(
            isBraced ? string.Concat(" ", text.AsSpan(1, text.Length - 2), " ") : text,
            extent.File,
            extent.StartLineNumber,
            extent.StartColumnNumber,
            UsingsAround(script));
    }

    /// <summary>Takes any piece of a parsed script, such as a class.</summary>
    public static ScriptSource From(Ast ast) =>
        new(ast.Extent.Text, ast.Extent.File, ast.Extent.StartLineNumber, ast.Extent.StartColumnNumber, UsingsAround(ast));

    /// <summary>Parses the text so that positions, file and folder are those of the original.</summary>
    /// <exception cref="ParseException">It does not parse here, for example because a type is not known.</exception>
    public ScriptBlock Parse()
    {
        StringBuilder text = new();
        text.Append(Usings);
        if (Line > 1)
        {
            // The using statements share the first line and the rest begins where it did.
            text.Append('\n', Line - 1).Append(' ', Math.Max(0, Column - 1));
        }
        else if (Usings.Length == 0)
        {
            text.Append(' ', Math.Max(0, Column - 1));
        }

        text.Append(Text);
        ScriptBlockAst ast = Parser.ParseInput(text.ToString(), File, out _, out ParseError[] errors);
        return errors.Length == 0 ? ast.GetScriptBlock() : throw new ParseException(errors);
    }

    /// <summary>Writes it.</summary>
    public void Write(ref PayloadWriter writer)
    {
        writer.WriteString(Text);
        writer.WriteString(File);
        writer.WriteInt32(Line);
        writer.WriteInt32(Column);
        writer.WriteString(Usings);
    }

    /// <summary>Reads it.</summary>
    public static ScriptSource Read(ref PayloadReader reader) => new(
        reader.ReadString() ?? string.Empty, reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadString() ?? string.Empty);

    private static string UsingsAround(Ast ast)
    {
        Ast root = ast;
        while (root.Parent is not null)
        {
            root = root.Parent;
        }

        if (root is not ScriptBlockAst { UsingStatements.Count: > 0 } file || ReferenceEquals(file, ast))
        {
            return string.Empty;
        }

        // 'using module' is not among them: its module is imported by path and its classes are found in the syntax tree.
        return string.Concat(file.UsingStatements
            .Where(static statement => statement.UsingStatementKind is UsingStatementKind.Namespace or UsingStatementKind.Assembly)
            .Select(static statement => statement.Extent.Text.TrimEnd(';') + ";"));
    }
}

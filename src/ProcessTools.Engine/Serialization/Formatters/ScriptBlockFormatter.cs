using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Language;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Script blocks: their text, file and position, so that errors and <c>$PSScriptRoot</c> are what they would be at home. They are parsed
/// again on arrival and bound to nothing; only the full profile, which is the same user's, carries them.
/// </summary>
internal static class ScriptBlockFormatter
{
    /// <summary>A pool gets the same few blocks over and over; parsing costs a hundred times what looking up does.</summary>
    private const int MaxRemembered = 128;

    private static readonly ConcurrentDictionary<(string Text, string? File, int Line, int Column), ScriptBlockAst> s_parsed = new();

    /// <summary>Adds the formatter of script blocks.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table) => table.Add(typeof(ScriptBlock), new DelegateFormatter<ScriptBlock>(
        Write,
        static (ref w, v, c) =>
        {
            if (!c.InsideLiveObject)
            {
                throw c.Error("a script block is not sent to other programs. Send its text, if that is what is meant.");
            }

            Wire.WriteString(ref w, v.ToString(), c);
        }));

    /// <summary>Adds the reader of script blocks.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table) => table[WireCode.ScriptBlock] = Read;

    private static void Write(ref MessagePackWriter writer, ScriptBlock value, WriteContext context)
    {
        string text = value.ToString();
        IScriptExtent extent = value.Ast.Extent;

        // The block of a function or a whole file has a text that is not its extent between braces; then only the start is right.
        bool isLiteral = extent.Text.Length == text.Length + 2 && extent.Text.StartsWith('{');
        Wire.WriteMarker(ref writer, 4, WireCode.ScriptBlock);
        Wire.WriteString(ref writer, text, context);
        LiveObjectFormatter.WriteText(ref writer, extent.File, context);
        writer.Write(extent.StartLineNumber);
        writer.Write(isLiteral ? extent.StartColumnNumber : 0);
    }

    private static object Read(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != 4)
        {
            throw new InvalidDataFrameException($"The data has a script block of {count} parts.");
        }

        string text = Wire.ReadText(ref reader, context);
        string? file = Wire.ReadString(ref reader, context);
        int line = reader.ReadInt32();
        int column = reader.ReadInt32();

        // Positions are made by that many line ends and spaces in front, so no more than a script may have.
        const int MaxPosition = 1_000_000;
        if (line is < 0 or > MaxPosition || column is < 0 or > MaxPosition)
        {
            throw new InvalidDataFrameException("The data has a script block at an impossible position.");
        }

        context.Charge((text.Length * 10L) + line + column);
        if (!s_parsed.TryGetValue((text, file, line, column), out ScriptBlockAst? ast))
        {
            ast = Parse(text, file, line, column);
            if (s_parsed.Count >= MaxRemembered)
            {
                s_parsed.Clear();
            }

            s_parsed[(text, file, line, column)] = ast;
        }

        return ast.GetScriptBlock();
    }

    private static ScriptBlockAst Parse(string text, string? file, int line, int column)
    {
        string padded = $"{new string('\n', Math.Max(line - 1, 0))}{new string(' ', Math.Max(column - 1, 0))}{{{text}}}";
        ScriptBlockAst outer = Parser.ParseInput(padded, file, out _, out ParseError[] errors);
        if (errors.Length == 0
            && outer.EndBlock?.Statements is [PipelineAst { PipelineElements: [CommandExpressionAst { Expression: ScriptBlockExpressionAst inner }] }])
        {
            return inner.ScriptBlock;
        }

        // "using" statements and the like are allowed at the top of a script only.
        ScriptBlockAst whole = Parser.ParseInput(new string('\n', Math.Max(line - 1, 0)) + text, file, out _, out errors);
        return errors.Length == 0 ? whole : throw new InvalidDataFrameException($"The data has a script block that does not parse: {errors[0].Message}");
    }
}

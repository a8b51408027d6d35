using System.Text;
using System.Text.RegularExpressions;

namespace ProcessTools.HelpGenerator.Source;

/// <summary>
/// The little of Markdown that help is written in: headings of up to three levels, paragraphs, lists by dashes, tables, and code in fences.
/// Inline, `code` and **bold** lose their marks, and a link keeps its text, because Get-Help shows plain text.
/// </summary>
internal static partial class Markdown
{
    private const string Fence = "```";

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The one section of the first level.</returns>
    /// <exception cref="HelpException">It is not written as it should be.</exception>
    public static Section Parse(string file, string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        var open = new List<Section>();
        int i = 0;
        while (i < lines.Length)
        {
            string line = lines[i];
            if (line.Length == 0)
            {
                i++;
            }
            else if (Heading().Match(line) is { Success: true } heading)
            {
                Open(file, open, heading.Groups["level"].Length, new Section(heading.Groups["text"].Value, i + 1, [], []));
                i++;
            }
            else if (open.Count == 0)
            {
                throw Problem(file, i, "The file must start with a heading of the first level.");
            }
            else
            {
                open[^1].Blocks.Add(ReadBlock(file, lines, ref i));
            }
        }

        return open.Count > 0 ? open[0] : throw Problem(file, 0, "The file is empty.");
    }

    private static void Open(string file, List<Section> open, int level, Section section)
    {
        if (level > open.Count + 1 || (level == 1 && open.Count > 0))
        {
            throw Problem(file, section.Line - 1, $"'{section.Name}' is a heading of a level that cannot follow here.");
        }

        open.RemoveRange(level - 1, open.Count - level + 1);
        if (open.Count > 0)
        {
            open[^1].Sections.Add(section);
        }

        open.Add(section);
    }

    private static TextBlock ReadBlock(string file, string[] lines, ref int i)
    {
        int start = i;
        if (lines[i].StartsWith(Fence, StringComparison.Ordinal))
        {
            int end = Array.FindIndex(lines, i + 1, line => line == Fence);
            i = end >= 0 ? end + 1 : throw Problem(file, start, "The code is not closed.");
            return new TextBlock(TextBlockKind.Code, string.Join('\n', lines[(start + 1)..end]), start + 1);
        }

        TextBlockKind kind = KindOf(lines[i]);
        var text = new StringBuilder(kind == TextBlockKind.Item ? lines[i][2..] : lines[i]);
        for (i++; i < lines.Length && Continues(kind, lines[i]); i++)
        {
            text.Append(kind == TextBlockKind.Table ? '\n' : ' ').Append(lines[i].Trim());
        }

        return new TextBlock(kind, Plain(text.ToString()), start + 1);
    }

    private static TextBlockKind KindOf(string line) =>
        line.StartsWith("- ", StringComparison.Ordinal) ? TextBlockKind.Item
        : line.StartsWith('|') ? TextBlockKind.Table
        : TextBlockKind.Paragraph;

    private static bool Continues(TextBlockKind kind, string line) =>
        line.Length > 0
        && !line.StartsWith(Fence, StringComparison.Ordinal)
        && !line.StartsWith('#')
        && (kind == TextBlockKind.Item ? line.StartsWith("  ", StringComparison.Ordinal) : KindOf(line) == kind);

    private static string Plain(string text) => Bold().Replace(Link().Replace(Code().Replace(text, "$1"), "$1"), "$1");

    private static HelpException Problem(string file, int line, string message) => new([new HelpProblem(file, line + 1, message)]);

    [GeneratedRegex("^(?<level>#{1,3}) (?<text>.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<!\])\[([^\]\[]+)\]\([^)]+\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\*\*([^*]+)\*\*")]
    private static partial Regex Bold();
}

using System.Text;
using ProcessTools.HelpGenerator.Source;

namespace ProcessTools.HelpGenerator.Output;

/// <summary>Writes a topic as the plain text that <c>Get-Help about_…</c> shows.</summary>
internal static class AboutWriter
{
    // What fits a terminal of 80 columns.
    private const int Width = 80;
    private const string Indent = "    ";

    /// <summary>Writes the topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>The text of its file.</returns>
    public static string Write(AboutTopic topic)
    {
        var text = new StringBuilder();

        // Get-Help takes the synopsis of a topic from below this heading.
        text.Append("TOPIC\n").Append(Indent).Append(topic.Name).Append("\n\nSHORT DESCRIPTION\n");
        Append(text, topic.Short);
        foreach (Section section in topic.Sections)
        {
            Append(text, section);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Section section)
    {
        text.Append('\n').Append(section.Name.ToUpperInvariant()).Append('\n');
        Append(text, section.Blocks);
        foreach (Section below in section.Sections)
        {
            text.Append('\n').Append(Indent).Append(below.Name).Append('\n').Append(Indent).Append('-', below.Name.Length).Append('\n');
            Append(text, below.Blocks);
        }
    }

    private static void Append(StringBuilder text, IReadOnlyList<TextBlock> blocks)
    {
        for (int i = 0; i < blocks.Count; i++)
        {
            // The items of a list stand together.
            if (i > 0 && !(blocks[i].Kind == TextBlockKind.Item && blocks[i - 1].Kind == TextBlockKind.Item))
            {
                text.Append('\n');
            }

            Append(text, blocks[i]);
        }
    }

    private static void Append(StringBuilder text, TextBlock block)
    {
        switch (block.Kind)
        {
            case TextBlockKind.Code:
                foreach (string line in block.Text.Split('\n'))
                {
                    text.Append(line.Length > 0 ? Indent + Indent + line : "").Append('\n');
                }

                break;
            case TextBlockKind.Table:
                foreach (string line in TextTable.Format(block.Text))
                {
                    text.Append(line.Length > 0 ? Indent + line : "").Append('\n');
                }

                break;
            case TextBlockKind.Item:
                Wrap(text, block.Text, Indent + "- ", Indent + "  ");
                break;
            default:
                Wrap(text, block.Text, Indent, Indent);
                break;
        }
    }

    private static void Wrap(StringBuilder text, string paragraph, string first, string next)
    {
        int length = first.Length;
        bool isStart = true;
        text.Append(first);
        foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isStart && length + 1 + word.Length > Width)
            {
                text.Append('\n').Append(next);
                length = next.Length;
                isStart = true;
            }

            text.Append(isStart ? "" : " ").Append(word);
            length += word.Length + (isStart ? 0 : 1);
            isStart = false;
        }

        text.Append('\n');
    }
}

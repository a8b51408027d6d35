namespace ProcessTools.HelpGenerator.Output;

/// <summary>Shows a Markdown table as text: each row's cells below each other, because rows of code do not fit side by side.</summary>
internal static class TextTable
{
    /// <summary>Formats a table.</summary>
    /// <param name="table">Its lines, the heading and the rule below it first.</param>
    /// <returns>The lines.</returns>
    public static IEnumerable<string> Format(string table)
    {
        string[][] rows = [.. table.Split('\n').Select(Cells)];
        string[] headings = rows[0];
        int width = headings.Max(heading => heading.Length);
        bool isFirst = true;
        foreach (string[] row in rows[2..])
        {
            if (!isFirst)
            {
                yield return "";
            }

            isFirst = false;
            for (int i = 0; i < row.Length; i++)
            {
                yield return headings[i].PadRight(width) + "  " + row[i];
            }
        }
    }

    private static string[] Cells(string line)
    {
        // A bar inside a cell is written \| in Markdown.
        string[] cells = line.Trim().Trim('|').Replace(@"\|", "\u0001", StringComparison.Ordinal).Split('|');
        return [.. cells.Select(cell => cell.Trim().Replace('\u0001', '|'))];
    }
}

using ProcessTools.Tests.Support;

namespace ProcessTools.Tests.Serialization;

/// <summary>The tables of a document, so that tests check what it says.</summary>
internal static class MarkdownTable
{
    /// <summary>The rows below a heading, without the head of the table.</summary>
    public static List<string[]> Rows(string path, string heading)
    {
        List<string[]> rows = [];
        bool isInside = false;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, path)))
        {
            if (line.StartsWith('#'))
            {
                isInside = line.TrimStart('#', ' ') == heading;
            }
            else if (isInside && line.StartsWith('|') && !line.StartsWith("| ---", StringComparison.Ordinal))
            {
                rows.Add([.. line.Trim().Trim('|').Split('|').Select(static c => c.Trim())]);
            }
        }

        return rows[1..];
    }
}

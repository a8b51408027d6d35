using System.Runtime.CompilerServices;

namespace ProcessTools.Tests.Serialization;

/// <summary>The tables of a document, so that tests check what it says.</summary>
internal static class MarkdownTable
{
    /// <summary>The rows below a heading, without the head of the table.</summary>
    public static List<string[]> Rows(string path, string heading)
    {
        List<string[]> rows = [];
        bool isInside = false;
        foreach (string line in File.ReadLines(Path.Combine(Root(), path)))
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

    private static string Root([CallerFilePath] string file = "")
    {
        string? folder = Path.GetDirectoryName(file);
        while (folder is not null && !File.Exists(Path.Combine(folder, "ProcessTools.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The repository's root is not above the tests.");
    }
}

using System.Text.RegularExpressions;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Docs;

/// <summary>Runs what the README shows, so that it cannot promise what does not work.</summary>
public sealed partial class ReadmeTests
{
    public static TheoryData<int, string> Snippets()
    {
        var snippets = new TheoryData<int, string>();
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");
        foreach (Match match in RunnableSnippet().Matches(readme))
        {
            snippets.Add(snippets.Count + 1, match.Groups["code"].Value);
        }

        return snippets;
    }

    [Fact]
    public void There_are_sixteen_of_them()
    {
        Assert.Equal(16, Snippets().Count);
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void Each_snippet_runs(int number, string code)
    {
        ScriptResult result = ScriptProcess.Run("-CommandWithArgs", "Import-Module $args[0] -ErrorAction Stop\n" + code, Repository.Manifest);
        Assert.True(result.ExitCode == 0 && result.Error.Length == 0, $"Snippet {number}:\n{code}\n{result.Output}\n{result.Error}");
        Assert.NotEmpty(result.Output);
    }

    [GeneratedRegex("<!-- run by a test -->\n```powershell\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex RunnableSnippet();
}

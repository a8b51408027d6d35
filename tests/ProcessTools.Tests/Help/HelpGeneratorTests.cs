using System.Xml.Linq;
using ProcessTools.HelpGenerator;
using ProcessTools.HelpGenerator.Commands;
using ProcessTools.HelpGenerator.Output;
using ProcessTools.HelpGenerator.Source;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Help;

public sealed class HelpGeneratorTests
{
    private const string Page =
        """
        # Test-Sample

        ## Synopsis

        Tests a `sample`.

        ## Description

        The first **paragraph**
        on two lines, with a [link](about_X.md).

        - an item
          on two lines

        ## Parameters

        ### -Path

        The path.

        ### -Item

        The items.

        ### -Mode

        The mode.

        ### -All

        All.

        ### -Wait

        The time.

        ## Inputs

        ### System.Object

        An item.

        ## Outputs

        ### System.String

        A text.

        ## Examples

        ### Example 1: one

        ```powershell
        Test-Sample a

        Test-Sample b
        ```

        Tests.

        ### Example 2: two

        ```powershell
        2
        ```

        Two.

        ### Example 3: three

        ```powershell
        3
        ```

        Three.

        ### Example 4: four

        ```powershell
        4
        ```

        Four.

        ### Example 5: five

        ```powershell
        5
        ```

        Five.

        ## Links

        - about_Sample
        """;

    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    [Fact]
    public void Text_comes_from_the_page_without_its_marks()
    {
        XElement command = Generate(Page);
        Assert.Equal("Tests a sample.", command.Element(s_command + "details")!.Element(s_maml + "description")!.Value);
        Assert.Equal(
            ["The first paragraph on two lines, with a link.", "- an item on two lines"],
            command.Element(s_maml + "description")!.Elements().Select(para => para.Value));
        Assert.Equal("Test-Sample a\n\nTest-Sample b", command.Descendants(s_dev + "code").First().Value);
    }

    [Fact]
    public void Syntax_comes_from_the_command_with_its_default_set_first()
    {
        XElement[] sets = [.. Generate(Page).Element(s_command + "syntax")!.Elements()];
        Assert.Equal("Path All Mode Wait WhatIf Confirm".Split(' ').Order(), Names(sets[0]).Order());
        Assert.Equal("Path", Names(sets[0]).First());
        Assert.Equal("Item All Mode Wait WhatIf Confirm".Split(' ').Order(), Names(sets[1]).Order());
    }

    [Theory]
    [InlineData("Path", "true", "0", "False", "none", "None", "true")]
    [InlineData("Item", "true", "named", "True (ByValue)", "Objects, O", "None", "false")]
    [InlineData("Mode", "false", "named", "False", "none", "fast", "false")]
    [InlineData("All", "false", "named", "False", "none", "False", "false")]
    [InlineData("Wait", "false", "named", "False", "none", "2.5", "false")]
    [InlineData("WhatIf", "false", "named", "False", "wi", "False", "false")]
    public void A_parameter_is_described_as_the_binder_treats_it(
        string name, string required, string position, string pipeline, string aliases, string defaultValue, string wildcards)
    {
        XElement parameter = Generate(Page).Element(s_command + "parameters")!.Elements().Single(element => element.Element(s_maml + "name")!.Value == name);
        Assert.Equal(required, parameter.Attribute("required")!.Value);
        Assert.Equal(position, parameter.Attribute("position")!.Value);
        Assert.Equal(pipeline, parameter.Attribute("pipelineInput")!.Value);
        Assert.Equal(aliases, parameter.Attribute("aliases")!.Value);
        Assert.Equal(wildcards, parameter.Attribute("globbing")!.Value);
        Assert.Equal(defaultValue, parameter.Element(s_dev + "defaultValue")!.Value);
        Assert.NotEmpty(parameter.Element(s_maml + "description")!.Value);
    }

    [Theory]
    [InlineData("### -Mode\n\nThe mode.\n\n", "", "-Mode of Test-Sample has no description.")]
    [InlineData("### -Mode", "### -Modus", "Test-Sample has no parameter -Modus.")]
    [InlineData("### Example 5: five\n\n```powershell\n5\n```\n\nFive.\n\n", "", "Test-Sample has 4 examples; 5 are the fewest.")]
    [InlineData("### Example 5: five", "### Example 6: five", "'Example 6: five' must be titled 'Example 5: what it shows', start with code, and say what it does.")]
    [InlineData("# Test-Sample\n", "# Test-Other\n", "The page is about 'Test-Other', which is not the file's name.")]
    [InlineData("## Inputs", "## Input", "The section 'Inputs' is missing.")]
    [InlineData("## Links", "## Synopsis", "'Synopsis' must not stand here; the order is Synopsis, Description, Parameters, Inputs, Outputs, Examples, Notes, Links.")]
    [InlineData("5\n```\n", "5\n", "The code is not closed.")]
    [InlineData("### -Path", "#### -Path", null)]
    public void A_page_that_does_not_fit_fails_the_build(string old, string replacement, string? problem)
    {
        string page = Page.ReplaceLineEndings("\n");
        Assert.Contains(old, page, StringComparison.Ordinal);
        HelpException error = Assert.Throws<HelpException>(() => Generate(page.Replace(old, replacement, StringComparison.Ordinal)));
        if (problem is not null)
        {
            Assert.Contains(problem, error.Problems.Select(found => found.Message));
        }

        Assert.All(error.Problems, found => Assert.True(found.Line > 0));
    }

    [Fact]
    public void A_command_without_a_page_and_a_page_without_a_command_fail_the_build()
    {
        CommandShape shape = CommandReader.Read(typeof(TestSampleCommand));
        CommandPage page = CommandPageParser.Parse("Test-Sample.md", Page) with { Name = "Test-Other" };
        HelpException error = Assert.Throws<HelpException>(() => HelpCheck.Match("help", [page], [shape]));
        Assert.Equal(["Test-Sample has no page.", "There is no command Test-Other."], error.Problems.Select(problem => problem.Message));
    }

    [Fact]
    public void A_topic_is_wrapped_text_with_its_code_as_it_is()
    {
        string words = string.Join(' ', Enumerable.Repeat("word", 40));
        string topic = $"# about_X\n\nShort.\n\n## Part one\n\n{words}\n\n```powershell\n{words}\n```\n\n| A | B |\n| --- | --- |\n| `a \\| b` | c |\n";
        string[] lines = AboutWriter.Write(AboutTopic.Parse("about_X.md", topic)).Split('\n');
        Assert.Equal(["TOPIC", "    about_X", "", "SHORT DESCRIPTION", "    Short.", "", "PART ONE"], lines[..7]);
        Assert.Contains("        " + words, lines);
        Assert.Contains("    A  a | b", lines);
        Assert.All(lines.Where(line => line != "        " + words), line => Assert.InRange(line.Length, 0, 80));
    }

    private static XElement Generate(string page)
    {
        using var folder = new TempFolder();
        CommandShape shape = CommandReader.Read(typeof(TestSampleCommand));
        string file = Path.Combine(folder.Path, "help.xml");
        MamlWriter.Write(HelpCheck.Match("help", [CommandPageParser.Parse("Test-Sample.md", page)], [shape]), file);
        return XElement.Load(file).Elements().Single();
    }

    private static IEnumerable<string> Names(XElement syntax) =>
        syntax.Elements(s_command + "parameter").Select(parameter => parameter.Element(s_maml + "name")!.Value);
}

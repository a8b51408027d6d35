namespace ProcessTools.HelpGenerator.Source;

/// <summary>
/// Reads the page of a command. Its sections, in this order: Synopsis, Description, Parameters, Inputs, Outputs, Examples, Notes,
/// Links; the last two may be missing.
/// </summary>
internal static class CommandPageParser
{
    private static readonly string[] s_sections =
        ["Synopsis", "Description", "Parameters", "Inputs", "Outputs", "Examples", "Notes", "Links"];

    /// <summary>Reads a page.</summary>
    /// <param name="file">The file, for messages; its name must be the command's.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The page.</returns>
    /// <exception cref="HelpException">The page is not written as it should be.</exception>
    public static CommandPage Parse(string file, string text)
    {
        Section page = Markdown.Parse(file, text);
        var problems = new List<HelpProblem>();
        if (page.Name != Path.GetFileNameWithoutExtension(file))
        {
            problems.Add(new HelpProblem(file, page.Line, $"The page is about '{page.Name}', which is not the file's name."));
        }

        CheckOrder(file, page, problems);
        Section synopsis = Find("Synopsis");
        Section parameters = Find("Parameters");
        CommandExample[] examples = [.. Find("Examples").Sections.Select((section, i) => Example(file, section, i + 1, problems))];
        foreach (Section parameter in parameters.Sections)
        {
            if (!parameter.Name.StartsWith('-') || parameter.Blocks.Count == 0)
            {
                problems.Add(new HelpProblem(file, parameter.Line, $"'{parameter.Name}' must be a parameter with its dash, and have a description."));
            }
        }

        if (synopsis.Blocks is not [{ Kind: TextBlockKind.Paragraph }])
        {
            problems.Add(new HelpProblem(file, synopsis.Line, "The synopsis must be one paragraph."));
        }

        if (problems.Count > 0)
        {
            throw new HelpException(problems);
        }

        return new CommandPage(
            file,
            page.Name,
            synopsis.Blocks[0].Text,
            Find("Description").Blocks,
            [.. parameters.Sections.Select(section => new NamedText(section.Name[1..], section.Line, section.Blocks))],
            Named(Find("Inputs")),
            Named(Find("Outputs")),
            examples,
            Find("Notes").Blocks,
            [.. Find("Links").Blocks.Select(block => block.Text)]);

        Section Find(string name) => page.Sections.FirstOrDefault(section => section.Name == name) ?? new Section(name, page.Line, [], []);
    }

    private static void CheckOrder(string file, Section page, List<HelpProblem> problems)
    {
        int last = -1;
        foreach (Section section in page.Sections)
        {
            int place = Array.IndexOf(s_sections, section.Name);
            if (place <= last)
            {
                problems.Add(new HelpProblem(file, section.Line, $"'{section.Name}' must not stand here; the order is {string.Join(", ", s_sections)}."));
            }

            last = Math.Max(last, place);
        }

        foreach (string name in s_sections[..6])
        {
            if (page.Sections.All(section => section.Name != name))
            {
                problems.Add(new HelpProblem(file, page.Line, $"The section '{name}' is missing."));
            }
        }
    }

    private static CommandExample Example(string file, Section section, int number, List<HelpProblem> problems)
    {
        if (!section.Name.StartsWith($"Example {number}: ", StringComparison.Ordinal)
            || section.Blocks is not [{ Kind: TextBlockKind.Code }, _, ..])
        {
            problems.Add(new HelpProblem(file, section.Line, $"'{section.Name}' must be titled 'Example {number}: what it shows', start with code, and say what it does."));
            return new CommandExample(section.Name, "", []);
        }

        return new CommandExample(section.Name, section.Blocks[0].Text, section.Blocks[1..]);
    }

    private static IReadOnlyList<NamedText> Named(Section section) =>
        [.. section.Sections.Select(below => new NamedText(below.Name, below.Line, below.Blocks))];
}

using ProcessTools.HelpGenerator.Commands;
using ProcessTools.HelpGenerator.Source;

namespace ProcessTools.HelpGenerator;

/// <summary>Compares the help with the commands, both ways, so that neither can change alone.</summary>
internal static class HelpCheck
{
    /// <summary>As many as it takes to show a command's ways of use; the fewest that a page may have.</summary>
    public const int FewestExamples = 5;

    /// <summary>Finds each command its page.</summary>
    /// <param name="source">The folder of the pages, for messages about a page that is missing.</param>
    /// <param name="pages">The pages.</param>
    /// <param name="shapes">The commands.</param>
    /// <returns>Each command with its page, by name.</returns>
    /// <exception cref="HelpException">A page or a description is missing, or is about nothing.</exception>
    public static IReadOnlyList<(CommandPage Page, CommandShape Shape)> Match(
        string source, IReadOnlyList<CommandPage> pages, IReadOnlyList<CommandShape> shapes)
    {
        // A module without commands has nothing that a page could be compared with.
        if (shapes.Count == 0)
        {
            return [];
        }

        var problems = new List<HelpProblem>();
        var matches = new List<(CommandPage, CommandShape)>();
        foreach (CommandShape shape in shapes)
        {
            CommandPage? page = pages.FirstOrDefault(page => page.Name == shape.Name);
            if (page is null)
            {
                problems.Add(new HelpProblem(Path.Combine(source, shape.Name + ".md"), 1, $"{shape.Name} has no page."));
                continue;
            }

            Compare(page, shape, problems);
            matches.Add((page, shape));
        }

        foreach (CommandPage page in pages.Where(page => shapes.All(shape => shape.Name != page.Name)))
        {
            problems.Add(new HelpProblem(page.File, 1, $"There is no command {page.Name}."));
        }

        return problems.Count == 0 ? matches : throw new HelpException(problems);
    }

    private static void Compare(CommandPage page, CommandShape shape, List<HelpProblem> problems)
    {
        foreach (ParameterShape parameter in shape.Parameters)
        {
            if (!parameter.IsShouldProcess && page.Parameters.All(described => described.Name != parameter.Name))
            {
                problems.Add(new HelpProblem(page.File, 1, $"-{parameter.Name} of {shape.Name} has no description."));
            }
        }

        foreach (NamedText described in page.Parameters)
        {
            if (shape.Parameters.All(parameter => parameter.Name != described.Name))
            {
                problems.Add(new HelpProblem(page.File, described.Line, $"{shape.Name} has no parameter -{described.Name}."));
            }
        }

        if (page.Examples.Count < FewestExamples)
        {
            problems.Add(new HelpProblem(page.File, 1, $"{shape.Name} has {page.Examples.Count} examples; {FewestExamples} are the fewest."));
        }
    }
}

using System.Reflection;
using ProcessTools.HelpGenerator.Commands;
using ProcessTools.HelpGenerator.Output;
using ProcessTools.HelpGenerator.Source;

namespace ProcessTools.HelpGenerator;

/// <summary>The entry point: <c>HelpGenerator &lt;module.dll&gt; &lt;folder of Markdown&gt; &lt;output folder&gt;</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length != 3)
        {
            Console.Error.WriteLine("Usage: ProcessTools.HelpGenerator <module.dll> <folder of Markdown> <output folder>");
            return 2;
        }

        try
        {
            Generate(ModuleAssembly.Load(args[0]), args[1], args[2]);
            return 0;
        }
        catch (HelpException e)
        {
            // MSBuild reads this form and shows it as an error of the build, with its place.
            foreach (HelpProblem problem in e.Problems)
            {
                Console.Error.WriteLine($"{problem.File}({problem.Line}): error HELP: {problem.Message}");
            }

            return 1;
        }
    }

    private static void Generate(Assembly module, string source, string output)
    {
        IReadOnlyList<CommandShape> shapes = CommandReader.Read(module);
        var topics = new List<AboutTopic>();
        var pages = new List<CommandPage>();
        foreach (string file in Directory.EnumerateFiles(source, "*.md").Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(file).StartsWith("about_", StringComparison.Ordinal))
            {
                topics.Add(AboutTopic.Parse(file, File.ReadAllText(file)));
            }
            else
            {
                pages.Add(CommandPageParser.Parse(file, File.ReadAllText(file)));
            }
        }

        Directory.CreateDirectory(output);
        foreach (AboutTopic topic in topics)
        {
            File.WriteAllText(Path.Combine(output, topic.Name + ".help.txt"), AboutWriter.Write(topic));
        }

        IReadOnlyList<(CommandPage Page, CommandShape Shape)> commands = HelpCheck.Match(source, pages, shapes);
        MamlWriter.Write(commands, Path.Combine(output, Path.GetFileName(module.Location) + "-Help.xml"));
    }
}

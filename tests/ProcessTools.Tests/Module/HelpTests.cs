using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

public sealed partial class HelpTests
{
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";

    private static readonly string s_folder = Path.Combine(Repository.Root, "en-US");

    [Fact]
    public void Each_command_has_help_with_examples_and_each_parameter_a_description()
    {
        XElement help = XElement.Load(Path.Combine(s_folder, "ProcessTools.dll-Help.xml"));
        XElement[] commands = [.. help.Elements(s_command + "command")];
        Assert.Equal(
            ManifestTests.ExportedCommands.Order(),
            commands.Select(command => command.Element(s_command + "details")!.Element(s_command + "name")!.Value).Order());
        Assert.All(commands, command =>
        {
            Assert.NotEmpty(command.Element(s_command + "details")!.Element(s_maml + "description")!.Value);
            Assert.NotEmpty(command.Element(s_maml + "description")!.Value);
            Assert.InRange(command.Descendants(s_command + "example").Count(), 5, 20);
            Assert.All(
                command.Descendants(s_command + "parameter"),
                parameter => Assert.NotEmpty(parameter.Element(s_maml + "description")!.Value));
        });
    }

    [Fact]
    public void Get_Help_finds_it()
    {
        string names = string.Join(", ", ManifestTests.ExportedCommands.Select(static name => $"'{name}'"));
        ScriptResult result = ScriptProcess.Run(
            "-CommandWithArgs", $"Import-Module $args[0]; foreach ($name in {names}) {{ $help = Get-Help $name -Full; \"$(@($help.Examples.example).Count)|$($help.Synopsis)\" }}", Repository.Manifest);
        Assert.Empty(result.Error);
        Assert.All(ManifestTests.ExportedCommands.Zip(result.Lines, static (name, line) => (Name: name, Cells: line.Split('|'))), static help =>
        {
            Assert.InRange(int.Parse(help.Cells[0], System.Globalization.CultureInfo.InvariantCulture), 5, 20);
            Assert.DoesNotContain(help.Name, help.Cells[1], StringComparison.Ordinal);
        });
        Assert.Equal(ManifestTests.ExportedCommands.Count(), result.Lines.Length);
    }

    [Theory]
    [InlineData("about_ProcessTools")]
    [InlineData("about_ProcessTools_Channels")]
    [InlineData("about_ProcessTools_ComingFromPython")]
    [InlineData("about_ProcessTools_DurableQueues")]
    [InlineData("about_ProcessTools_Pools")]
    [InlineData("about_ProcessTools_SharedState")]
    [InlineData("about_ProcessTools_Sockets")]
    public void Topics_are_there_and_fit_a_terminal(string topic)
    {
        string[] lines = File.ReadAllLines(Path.Combine(s_folder, topic + ".help.txt"));
        Assert.Equal("TOPIC", lines[0]);
        Assert.Contains("SHORT DESCRIPTION", lines);

        // Code is not wrapped.
        Assert.All(lines.Where(line => line.StartsWith("    ", StringComparison.Ordinal) && char.IsLetter(line[4])), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void The_topic_on_channels_explains_each_error_of_theirs_and_no_other()
    {
        Type[] errors = [.. typeof(ProcessToolsException).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ProcessToolsException)))];
        IEnumerable<string> ofChannels = errors
            .Where(type => type.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic)
                .SelectMany(constructor => constructor.GetParameters())
                .Any(parameter => typeof(ProcessChannel).IsAssignableFrom(parameter.ParameterType)))
            .Select(type => type.Name);
        HashSet<string> explained = ExplainedErrors("about_ProcessTools_Channels");
        Assert.Superset(ofChannels.ToHashSet(), explained);
        Assert.Subset(errors.Select(type => type.Name).ToHashSet(), explained);
    }

    [Fact]
    public void The_topic_on_pools_explains_each_error_of_theirs_and_no_other()
    {
        string[] errors = [.. typeof(ProcessToolsException).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ProcessToolsException))).Select(type => type.Name)];
        IEnumerable<string> ofPools = errors.Where(name => ErrorOfPools().IsMatch(name));
        HashSet<string> explained = ExplainedErrors("about_ProcessTools_Pools");
        Assert.Superset(ofPools.ToHashSet(), explained);
        Assert.Subset(errors.ToHashSet(), explained);
    }

    [Fact]
    public void The_topic_on_shared_state_explains_each_error_of_it_and_no_other()
    {
        string[] errors = [.. typeof(ProcessToolsException).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ProcessToolsException))).Select(type => type.Name)];
        IEnumerable<string> ofStates = errors.Where(name => ErrorOfStates().IsMatch(name));
        HashSet<string> explained = ExplainedErrors("about_ProcessTools_SharedState");
        Assert.Superset(ofStates.ToHashSet(), explained);
        Assert.Subset(errors.ToHashSet(), explained);
    }

    [Fact]
    public void The_topic_on_durable_queues_explains_each_error_of_theirs_and_no_other()
    {
        string[] errors = [.. typeof(ProcessToolsException).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ProcessToolsException))).Select(type => type.Name)];
        IEnumerable<string> ofDurables = errors.Where(name => ErrorOfDurables().IsMatch(name));
        HashSet<string> explained = ExplainedErrors("about_ProcessTools_DurableQueues");
        Assert.Superset(ofDurables.ToHashSet(), explained);
        Assert.Subset(errors.ToHashSet(), explained);
    }

    private static HashSet<string> ExplainedErrors(string topic) =>
        [.. ExplainedError().Matches(File.ReadAllText(Path.Combine(s_folder, topic + ".help.txt"))).Select(match => match.Groups["type"].Value)];

    // TaskDone and TasksLost are of queues.
    [GeneratedRegex("^(Pool|Future|JobLog|Task(?!Done|sLost))")]
    private static partial Regex ErrorOfPools();

    [GeneratedRegex("^(QueueStorage|QueueDamaged|QueueNotDurable|LeaseLost|Folder)")]
    private static partial Regex ErrorOfDurables();

    [GeneratedRegex("^(SharedState|SharedObject|Lock|Semaphore|Barrier|NotANumber)")]
    private static partial Regex ErrorOfStates();

    // "- QueueEmpty (QueueEmptyException): …"
    [GeneratedRegex(@"^ +- \w+ \((?<type>\w+Exception)\):", RegexOptions.Multiline)]
    private static partial Regex ExplainedError();
}

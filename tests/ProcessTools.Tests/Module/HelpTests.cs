using System.Xml.Linq;
using ProcessTools.Tests.Runner;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

public sealed class HelpTests
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
        foreach (string command in ManifestTests.ExportedCommands)
        {
            RunnerResult result = RunnerProcess.Run(
                "-Command", $"Import-Module $args[0]; $help = Get-Help {command} -Full; @($help.Examples.example).Count; $help.Synopsis", Repository.Manifest);
            Assert.Empty(result.Error);
            Assert.InRange(int.Parse(result.Lines[0], System.Globalization.CultureInfo.InvariantCulture), 5, 20);
            Assert.DoesNotContain(command, result.Lines[1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("about_ProcessTools")]
    [InlineData("about_ProcessTools_Channels")]
    [InlineData("about_ProcessTools_ComingFromPython")]
    public void Topics_are_there_and_fit_a_terminal(string topic)
    {
        string[] lines = File.ReadAllLines(Path.Combine(s_folder, topic + ".help.txt"));
        Assert.Equal("TOPIC", lines[0]);
        Assert.Contains("SHORT DESCRIPTION", lines);

        // Code is not wrapped.
        Assert.All(lines.Where(line => line.StartsWith("    ", StringComparison.Ordinal) && char.IsLetter(line[4])), line => Assert.InRange(line.Length, 0, 120));
    }
}

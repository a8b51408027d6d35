using System.Management.Automation;
using System.Reflection;
using Xunit;

namespace ProcessTools.Tests.Module;

/// <summary>What PSScriptAnalyzer checks of script functions and cannot see in compiled commands, and our own rules beside it.</summary>
public sealed class CommandRuleTests
{
    // Those of the analyzer's rule UseShouldProcessForStateChangingFunctions.
    private static readonly string[] s_stateChangingVerbs = ["New", "Set", "Remove", "Start", "Stop", "Restart", "Reset", "Update"];

    private static readonly string[] s_wordsThatOnlyLookPlural = ["Process", "Status", "Access", "Address", "Class"];

    private static readonly Type[] s_commands =
        [.. typeof(ModuleInitializer).Assembly.GetExportedTypes().Where(type => !type.IsAbstract && type.IsDefined(typeof(CmdletAttribute)))];

    [Fact]
    public void The_commands_are_those_of_the_manifest()
    {
        Assert.Equal(ManifestTests.ExportedCommands.Order(), s_commands.Select(NameOf).Order());
    }

    [Fact]
    public void Verbs_are_approved()
    {
        string[] approved =
        [.. typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(VerbsCommon).Namespace && type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)];
        Assert.All(s_commands, command => Assert.Contains(Cmdlet(command).VerbName, approved));
    }

    [Fact]
    public void Nouns_are_singular_and_in_Pascal_case()
    {
        Assert.All(s_commands, command =>
        {
            string noun = Cmdlet(command).NounName;
            Assert.Matches("^([A-Z][a-z0-9]+)+$", noun);
            Assert.True(!noun.EndsWith('s') || s_wordsThatOnlyLookPlural.Any(word => noun.EndsWith(word, StringComparison.Ordinal)), noun);
        });
    }

    [Fact]
    public void Classes_are_named_after_their_command_and_are_public_and_sealed()
    {
        Assert.All(s_commands, command =>
        {
            Assert.Equal($"ProcessTools.Commands.{Cmdlet(command).VerbName}{Cmdlet(command).NounName}Command", command.FullName);
            Assert.True(command.IsSealed, command.Name);
        });
    }

    [Fact]
    public void Each_says_what_it_writes()
    {
        Assert.All(s_commands, command => Assert.NotEmpty(command.GetCustomAttributes<OutputTypeAttribute>()));
    }

    [Fact]
    public void Those_that_change_state_can_be_asked_what_if()
    {
        Assert.All(
            s_commands.Where(command => s_stateChangingVerbs.Contains(Cmdlet(command).VerbName)),
            command => Assert.True(Cmdlet(command).SupportsShouldProcess, NameOf(command)));
    }

    [Fact]
    public void A_parameter_set_takes_one_parameter_from_the_pipeline()
    {
        Assert.All(s_commands, command =>
        {
            ParameterAttribute[] fromPipeline =
                [.. Parameters(command).SelectMany(parameter => parameter.GetCustomAttributes<ParameterAttribute>()).Where(parameter => parameter.ValueFromPipeline)];
            Assert.Equal(fromPipeline.Length, fromPipeline.Select(parameter => parameter.ParameterSetName).Distinct().Count());
            Assert.True(fromPipeline.Length == 1 || fromPipeline.All(parameter => parameter.ParameterSetName != ParameterAttribute.AllParameterSets));
        });
    }

    [Fact]
    public void No_parameter_has_a_name_that_PowerShell_keeps_for_itself()
    {
        string[] kept = [.. PSCmdlet.CommonParameters, .. PSCmdlet.OptionalCommonParameters];
        Assert.All(s_commands.SelectMany(Parameters), parameter => Assert.DoesNotContain(parameter.Name, kept));
    }

    [Fact]
    public void Parameters_are_singular_and_switches_are_switches()
    {
        Assert.All(s_commands.SelectMany(Parameters), parameter =>
        {
            Assert.NotEqual(typeof(bool), parameter.PropertyType);
            Assert.True(
                !parameter.Name.EndsWith('s') || parameter.Name.EndsWith("ss", StringComparison.Ordinal)
                    || parameter.Name.EndsWith("Seconds", StringComparison.Ordinal),
                parameter.Name);
        });
    }

    [Fact]
    public void Aliases_of_a_command_are_not_names_of_its_parameters()
    {
        Assert.All(s_commands, command =>
        {
            string[] names = [.. Parameters(command).Select(parameter => parameter.Name)];
            string[] aliases = [.. Parameters(command).SelectMany(parameter => parameter.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? [])];
            Assert.Equal(names.Length + aliases.Length, names.Concat(aliases).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        });
    }

    private static CmdletAttribute Cmdlet(Type command) => command.GetCustomAttribute<CmdletAttribute>()!;

    private static string NameOf(Type command) => Cmdlet(command).VerbName + "-" + Cmdlet(command).NounName;

    private static IEnumerable<PropertyInfo> Parameters(Type command) =>
        command.GetProperties().Where(property => property.IsDefined(typeof(ParameterAttribute)));
}

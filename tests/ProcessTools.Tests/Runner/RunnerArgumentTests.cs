using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Runner;

public sealed class RunnerArgumentTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Arguments_without_a_param_block_are_args()
    {
        string script = _folder.Write("a.ps1", "$args.Count; $args");
        Assert.Equal(["3", "one", "two words", "-3"], RunnerProcess.Run(script, "one", "two words", "-3").Lines);
    }

    [Theory]
    [InlineData("-Name|x|-Force", "x True ")]
    [InlineData("-Name:x", "x False ")]
    [InlineData("-Name:|x|-Force:$false", "x False ")]
    [InlineData("x|-force", "x True ")]
    [InlineData("-Force|x|y|z", "x True y,z")]
    public void Named_arguments_bind_to_parameters(string arguments, string expected)
    {
        string script = _folder.Write(
            "a.ps1", "param([string] $Name, [switch] $Force, [Parameter(ValueFromRemainingArguments)] $Rest)\n\"$Name $Force $($Rest -join ',')\"");
        Assert.Equal([expected], RunnerProcess.Run([script, .. arguments.Split('|')]).Lines);
    }

    [Fact]
    public void A_script_knows_its_file_and_folder()
    {
        string script = _folder.Write("a.ps1", "$PSScriptRoot; $PSCommandPath; $MyInvocation.MyCommand.Path");
        Assert.Equal([_folder.Path, script, script], RunnerProcess.Run(script).Lines);
    }

    [Fact]
    public void A_command_gets_its_arguments()
    {
        Assert.Equal(["1-2"], RunnerProcess.Run("-Command", "param($a, $b) \"$a-$b\"", "-b", "2", "1").Lines);
    }

    [Fact]
    public void Classes_and_modules_named_by_using_statements_load()
    {
        _folder.Write("m.psm1", "class Greeter { [string] Greet() { return 'hello' } }");
        Assert.Equal(["hello"], RunnerProcess.Run(_folder.Write("a.ps1", "using module ./m.psm1\n[Greeter]::new().Greet()")).Lines);
    }

    [Theory]
    [InlineData]
    [InlineData("-Command")]
    [InlineData("-File")]
    [InlineData("no-such-script.ps1")]
    [InlineData("script.txt")]
    public void A_command_line_without_sense_is_refused_with_the_usage_code(params string[] arguments)
    {
        RunnerResult result = RunnerProcess.Run(arguments);
        Assert.Equal(64, result.ExitCode);
        Assert.NotEmpty(result.Error);
        Assert.Empty(result.Output);
    }
}

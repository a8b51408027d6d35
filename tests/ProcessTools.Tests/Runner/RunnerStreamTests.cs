using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Runner;

public sealed class RunnerStreamTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Output_goes_to_standard_output_and_errors_to_standard_error()
    {
        RunnerResult result = RunnerProcess.Run(_folder.Write("a.ps1", "'one'\nGet-Command no-such-command\n'two'"));
        Assert.Equal("one\ntwo\n", result.Output);
        Assert.Contains("a.ps1:2", result.Error, StringComparison.Ordinal);
        Assert.Contains("'no-such-command'", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Objects_are_formatted_as_PowerShell_formats_them()
    {
        RunnerResult result = RunnerProcess.Run("-Command", "[pscustomobject]@{ Name = 'a'; Size = 1 }, [pscustomobject]@{ Name = 'b'; Size = 22 }");
        Assert.Equal(["Name Size", "---- ----", "a       1", "b      22"], result.Lines);
    }

    [Fact]
    public void A_long_line_is_not_broken()
    {
        Assert.Equal(new string('x', 1000) + "\n", RunnerProcess.Run("-Command", "'x' * 1000").Output);
    }

    [Fact]
    public void Other_streams_carry_their_names()
    {
        RunnerResult result = RunnerProcess.Run(
            "-Command", "$Host.UI.WriteWarningLine('w'); $Host.UI.WriteVerboseLine('v'); $Host.UI.WriteDebugLine('d'); Import-Module no-such -Verbose:$false -ErrorAction Ignore; exit 0");
        Assert.Equal(["WARNING: w", "VERBOSE: v", "DEBUG: d"], result.Lines);
    }

    [Fact]
    public void Text_is_utf8_both_ways()
    {
        RunnerResult result = RunnerProcess.RunWithInput("日本語 ✓\n", "-Command", "\"<$($Host.UI.ReadLine())> é\"");
        Assert.Equal("<日本語 ✓> é\n", result.Output);
    }

    [Fact]
    public void A_file_gets_no_escape_sequences()
    {
        RunnerResult result = RunnerProcess.Run("-Command", "$Host.UI.WriteLine('Red', 'Black', 'plain'); \"`e[31mred`e[0m\"; throw 'bad'");
        Assert.DoesNotContain('\u001b', result.Output + result.Error);
        Assert.Equal(["plain", "red"], result.Lines);
    }

    [Fact]
    public void Piped_lines_are_the_input_of_a_script_that_takes_some()
    {
        Assert.Equal("3\n", RunnerProcess.RunWithInput("a\nb\nc\n", _folder.Write("a.ps1", "@($input).Count")).Output);
        Assert.Equal("<a>\n<b>\n", RunnerProcess.RunWithInput("a\nb", "-Command", "process { \"<$_>\" }").Output);
    }

    [Fact]
    public void Standard_input_is_left_to_questions_and_programs_by_a_script_that_takes_none()
    {
        Assert.Equal("1:a\nb\n", RunnerProcess.RunWithInput("a\n", "-Command", "\"1:$($Host.UI.ReadLine())\"; & { 'b' }").Output);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("a\nb\n", RunnerProcess.RunWithInput("a\nb\n", "-Command", "/bin/cat").Output);
        }
    }

    [Fact]
    public void A_question_at_the_end_of_the_input_is_an_error_and_no_wait()
    {
        RunnerResult result = RunnerProcess.Run("-Command", "param([Parameter(Mandatory)] $Name) $Name");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Name", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mandatory_parameter_is_asked_for()
    {
        RunnerResult result = RunnerProcess.RunWithInput("x\n", "-Command", "param([Parameter(Mandatory)] $Name) \"<$Name>\"");
        Assert.EndsWith("<x>\n", result.Output, StringComparison.Ordinal);
    }
}

using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Runner;

public sealed class RunnerExitCodeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("'x'", 0)]
    [InlineData("exit", 0)]
    [InlineData("exit 3", 3)]
    [InlineData("try { exit 4 } finally { 'x' }", 4)]
    [InlineData("function f { exit 5 }; f; 'not here'", 5)]
    [InlineData("throw 'x'", 1)]
    [InlineData("Get-Command no-such-command", 0)]
    [InlineData("Get-Command no-such-command -ErrorAction Stop", 1)]
    [InlineData("$ErrorActionPreference = 'Stop'; Get-Command no-such-command", 1)]
    [InlineData("'unclosed", 1)]
    [InlineData("#Requires -Version 99.0", 1)]
    public void A_file_gives_what_it_exits_with_or_one_for_an_uncaught_error(string script, int expected)
    {
        RunnerResult result = RunnerProcess.Run(_folder.Write("a.ps1", script));
        Assert.Equal(expected, result.ExitCode);
        Assert.DoesNotContain("not here", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'x'", 0)]
    [InlineData("exit 3", 3)]
    [InlineData("throw 'x'", 1)]
    [InlineData("no-such-command", 1)]
    [InlineData("no-such-command; 'fine'", 0)]
    [InlineData("process { 'x' }", 0)]
    public void A_command_gives_also_one_when_its_last_command_failed(string command, int expected)
    {
        Assert.Equal(expected, RunnerProcess.Run("-Command", command).ExitCode);
    }

    [Fact]
    public void A_program_that_failed_does_not_fail_the_script_that_went_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program is a Unix one.");
        RunnerResult result = RunnerProcess.Run(_folder.Write("a.ps1", "/bin/sh -c 'exit 9'\n\"code $LASTEXITCODE\""));
        Assert.Equal("code 9\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void The_error_that_ended_the_script_is_shown_with_its_place()
    {
        RunnerResult result = RunnerProcess.Run(_folder.Write("a.ps1", "'before'\nthrow 'the reason'\n'after'"));
        Assert.Equal("before\n", result.Output);
        Assert.Contains("a.ps1:2", result.Error, StringComparison.Ordinal);
        Assert.Contains("the reason", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_that_a_script_leaves_behind_do_not_keep_the_process()
    {
        RunnerResult result = RunnerProcess.Run(
            "-Command", "$shell = [powershell]::Create([initialsessionstate]::CreateDefault2()).AddScript('[System.Threading.Thread]::Sleep(600000)'); $null = $shell.BeginInvoke(); 'done'");
        Assert.Equal("done\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }
}

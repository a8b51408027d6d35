using System.Diagnostics;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Runner;

public sealed class RunnerStopTests : IDisposable
{
    private const int Interrupted = 130;

    private readonly TempFolder _folder = new();

    public RunnerStopTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill(2).");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ctrl_C_stops_the_script_and_runs_its_finally_blocks()
    {
        string mark = Path.Combine(_folder.Path, "mark");
        using var runner = RunnerProcess.Start(
            _folder.Write("a.ps1", "try { 'ready'; while ($true) { [System.Threading.Thread]::Sleep(20) } } finally { [System.IO.File]::WriteAllText($args[0], 'x') }"), mark);
        runner.AwaitOutput("ready");
        runner.Signal(RunnerProcess.Interrupt);
        Assert.Equal(Interrupted, runner.Wait().ExitCode);
        Assert.True(File.Exists(mark));
    }

    [Fact]
    public void Ctrl_C_ends_a_script_that_waits_for_an_answer()
    {
        using var runner = RunnerProcess.Start("-Command", "'ready'; $Host.UI.ReadLine()");
        runner.AwaitOutput("ready");
        runner.Signal(RunnerProcess.Interrupt);
        Assert.Equal(Interrupted, runner.Wait().ExitCode);
    }

    [Fact]
    public void Ctrl_C_ends_a_script_that_waits_for_piped_input()
    {
        using var runner = RunnerProcess.Start("-Command", "begin { $Host.UI.WriteLine('ready') } process { $_ }");
        runner.AwaitOutput("ready");
        runner.Signal(RunnerProcess.Interrupt);
        Assert.Equal(Interrupted, runner.Wait().ExitCode);
    }

    [Fact]
    public void Ctrl_C_ends_even_a_script_that_cannot_be_stopped()
    {
        using var runner = RunnerProcess.Start("-Command", "'ready'; [System.Threading.Thread]::Sleep(600000)");
        runner.AwaitOutput("ready");
        runner.Signal(RunnerProcess.Interrupt);
        Assert.Equal(Interrupted, runner.Wait().ExitCode);
    }

    [Fact]
    public void A_second_Ctrl_C_ends_at_once()
    {
        using var runner = RunnerProcess.Start("-Command", "try { 'ready'; [System.Threading.Thread]::Sleep(600000) } finally { while ($true) { } }");
        runner.AwaitOutput("ready");
        var clock = Stopwatch.StartNew();
        runner.Signal(RunnerProcess.Interrupt);
        runner.Signal(RunnerProcess.Interrupt);
        Assert.Equal(Interrupted, runner.Wait().ExitCode);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void The_polite_end_gives_its_own_exit_code()
    {
        const int terminate = 15;
        using var runner = RunnerProcess.Start("-Command", "'ready'; while ($true) { }");
        runner.AwaitOutput("ready");
        runner.Signal(terminate);
        Assert.Equal(143, runner.Wait().ExitCode);
    }
}

using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>Ordinary programs and shell commands as workers: what Python's subprocess does.</summary>
[Trait("Platform", "portable")]
public sealed class ProgramWorkerTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Program_2_a_shell_command_gives_its_lines_with_both_streams_merged()
    {
        Assert.Equal(["out", "err", "last"], Lines("Start-WorkerProcess -Command 'echo out; echo err >&2; echo last' -MergeError | Receive-Job -Wait"));
    }

    [Fact]
    public void A_program_gets_each_argument_as_it_is()
    {
        Assert.Equal(["a b", "$HOME", "'*'", "5", string.Empty], Lines("Start-WorkerProcess -FilePath printf -ArgumentList '%s\\n', 'a b', '$HOME', \"'*'\", 5, '' | Receive-Job -Wait"));
    }

    [Fact]
    public void Shell_pipelines_work()
    {
        Assert.Equal(["3"], Lines("Start-WorkerProcess -Command 'printf \"a\\nb\\nc\\n\" | grep -c .' | Receive-Job -Wait"));
    }

    [Fact]
    public void Standard_error_is_the_error_stream()
    {
        ShellResult result = _shell.TryRun("Start-WorkerProcess -Command 'echo fine; echo oops >&2' | Receive-Job -Wait");
        Assert.Equal("fine", Assert.Single(result.Output).BaseObject);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("oops", error.Exception.Message);
        Assert.Equal("NativeCommandError", error.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("exit 0", 0, JobState.Completed)]
    [InlineData("exit 7", 7, JobState.Completed)]
    [InlineData("exit 137", 137, JobState.Completed)]
    [InlineData("kill -9 $$", -9, JobState.Failed)]
    [InlineData("kill -TERM $$", -15, JobState.Failed)]
    public void The_exit_code_tells_an_exit_from_a_signal(string command, int exitCode, JobState state)
    {
        if (exitCode > 128)
        {
            NativePlatform.Require("tell an exit with 128 + n from signal n");
        }

        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("param($c) Start-WorkerProcess -Command $c | Wait-Job", command)).BaseObject;
        Assert.Equal(exitCode, worker.ExitCode);
        Assert.Equal(state, worker.JobStateInfo.State);
    }

    [Fact]
    public void Piped_input_is_standard_input_line_by_line()
    {
        Assert.Equal(["1", "two", "3.5"], Lines("1, 'two', 3.5 | Start-WorkerProcess -FilePath cat | Receive-Job -Wait"));
    }

    [Fact]
    public void Without_input_standard_input_is_at_its_end()
    {
        Assert.Equal(["0"], Lines("Start-WorkerProcess -Command 'cat | wc -c' | Receive-Job -Wait"));
    }

    [Fact]
    public void Ten_megabytes_pass_through_a_program_without_a_deadlock()
    {
        Assert.Equal(100_000, Assert.Single(_shell.Run("$line = 'x' * 100; $n = 0; foreach ($l in @($line) * 100000 | Start-WorkerProcess -FilePath cat | Receive-Job -Wait) { $n += $l.Length -eq 100 }; $n")).BaseObject);
    }

    [Fact]
    public void Lines_stream_while_the_program_runs()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("Start-WorkerProcess -Command 'echo early; sleep 600'")).BaseObject;
        Until.True(() => worker.Output.Count == 1, "the first line is there");
        Assert.True(worker.IsAlive);
        worker.Kill();
        Assert.True(worker.Join(5));
        Assert.Equal(JobState.Stopped, worker.JobStateInfo.State);
    }

    [Fact]
    public void Bytes_come_as_they_are()
    {
        byte[] bytes = [.. _shell.Run("Start-WorkerProcess -Command 'printf \"\\001\\377\\n\\000z\"' -AsByteStream | Receive-Job -Wait").SelectMany(chunk => (byte[])chunk.BaseObject)];
        Assert.Equal([1, 255, 10, 0, (byte)'z'], bytes);
    }

    [Fact]
    public void Other_encodings_are_read_and_written()
    {
        Assert.Equal(["é"], Lines("Start-WorkerProcess -Command 'printf \"\\351\\n\"' -Encoding latin1 | Receive-Job -Wait"));
        Assert.Equal([" 351", "012"], Lines("'é' | Start-WorkerProcess -Command \"od -An -b | tr -s ' ' | sed 's/ 012/\\n012/'\" -Encoding latin1 | Receive-Job -Wait"));
        Assert.Equal(["日本語 ✓"], Lines("'日本語 ✓' | Start-WorkerProcess -FilePath cat | Receive-Job -Wait"));
    }

    [Fact]
    public void A_last_line_without_an_end_and_carriage_returns_are_handled()
    {
        Assert.Equal(["a", "b", "c"], Lines("Start-WorkerProcess -Command 'printf \"a\\r\\nb\\nc\"' | Receive-Job -Wait"));
    }

    [Fact]
    public void The_time_limit_kills_the_whole_tree()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("Start-WorkerProcess -Command 'sleep 600 & echo $!; trap \"\" TERM; sleep 601' -TimeoutSeconds 0.5 -GraceSeconds 0.2")).BaseObject;
        Assert.True(worker.Join(10));
        Assert.Equal("WorkerTimeout", Assert.Single(worker.Error).FullyQualifiedErrorId);
        int child = int.Parse((string)worker.Output[0].BaseObject, System.Globalization.CultureInfo.InvariantCulture);
        Until.True(() => !Processes.IsRunning(child), "the background child is gone");
    }

    [Fact]
    public void Stopping_asks_the_program_first()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("Start-WorkerProcess -Command 'trap \"echo bye; exit 0\" TERM; echo up; while :; do sleep 0.05; done'")).BaseObject;
        Until.True(() => worker.Output.Count == 1, "it runs");
        worker.Terminate();
        Assert.Equal(JobState.Stopped, worker.JobStateInfo.State);
        Assert.Equal("bye", worker.Output[1].BaseObject);
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public void A_program_left_in_the_background_does_not_hold_up_the_end()
    {
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal(["done"], Lines("Start-WorkerProcess -Command 'sleep 600 & echo done' | Receive-Job -Wait"));
        Assert.True(clock.Elapsed.TotalSeconds < 20);
    }

    [Fact]
    public void Working_directory_and_environment_are_those_asked_for()
    {
        Assert.Equal(["/usr", "5"], Lines("Start-WorkerProcess -Command 'pwd; echo $PT_X' -WorkingDirectory /usr -Environment @{ PT_X = 5 } | Receive-Job -Wait"));
    }

    [Fact]
    public void A_low_priority_is_set()
    {
        Assert.Equal(["10"], Lines("Start-WorkerProcess -Command 'sleep 0.2; ps -o ni= -p $$ | tr -d \" \"' -Priority BelowNormal | Receive-Job -Wait"));
    }

    [Fact]
    public void Output_of_many_programs_at_once_is_not_mixed()
    {
        Assert.Equal(20, Lines("$w = foreach ($i in 1..20) { Start-WorkerProcess -Command \"echo $i\" }; $w | Receive-Job -Wait").Distinct().Count());
    }

    private string[] Lines(string script) => [.. _shell.Run(script).Select(item => (string)item.BaseObject)];
}

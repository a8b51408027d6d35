using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>What a worker's own children see, and what native programs in a worker do.</summary>
[Trait("Platform", "portable")]
public sealed class WorkerIsolationTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void A_program_that_a_worker_starts_has_the_sessions_environment_and_nothing_of_the_workers_own()
    {
        string[] expected = [.. Lines("env").Order(StringComparer.Ordinal)];
        Assert.Contains(expected, static line => line.StartsWith("PATH=", StringComparison.Ordinal));
        Assert.Equal(expected, Lines("Start-WorkerProcess { env } | Receive-Job -Wait").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_killed_worker_leaves_no_file_of_PowerShell_behind()
    {
        // A file that an earlier process of that id has left is none of this one.
        string[] before = FilesOfPowerShell();
        int id = Assert.IsType<int>(Assert.Single(_shell.Run("Start-WorkerProcess { $PID; Stop-Process -Id $PID -Force } | Wait-Job | Receive-Job -ErrorAction Ignore")).BaseObject);
        Assert.DoesNotContain(FilesOfPowerShell().Except(before), path => path.Contains($".{id}.", StringComparison.Ordinal));
    }

    [Fact]
    public void Native_output_is_captured_line_by_line_and_native_errors_are_errors()
    {
        ShellResult result = _shell.TryRun("Start-WorkerProcess { $lines = sh -c 'echo a; echo b'; $lines.Count; sh -c 'echo to-error >&2'; sh -c 'exit 3'; $LASTEXITCODE } | Receive-Job -Wait");
        Assert.Equal([2, 3], result.Output.Select(item => item.BaseObject));
        Assert.Equal("to-error", Assert.Single(result.Errors).Exception.Message);
    }

    [Fact]
    public void A_native_program_never_sees_a_channel_on_its_standard_input()
    {
        Assert.Equal(["0"], Lines("1..100 | Start-WorkerProcess { $null = $input; sh -c 'cat | wc -c' } | Receive-Job -Wait"));
    }

    [Fact]
    public void A_native_program_inherits_no_descriptor_of_ours()
    {
        // Whoever started the tests may have left some open; those are there for any child of this process.
        string[] own = Descriptors("Start-WorkerProcess -Command 'ls /proc/self/fd' | Receive-Job -Wait");
        Assert.Equal(own, Descriptors("Start-WorkerProcess { sh -c 'ls /proc/self/fd' } | Receive-Job -Wait"));
    }

    [Fact]
    public void The_worker_is_out_of_reach_of_the_terminals_interrupt()
    {
        NativePlatform.Require("start a process in a session of its own");
        // A session of its own: its leader is the worker.
        Assert.Equal(["True"], Lines("Start-WorkerProcess { \"$((sh -c 'ps -o sid= -p $PPID').Trim() -eq $PID)\" } | Receive-Job -Wait"));
    }

    private static string[] FilesOfPowerShell() => Directory.GetFiles(Path.GetTempPath(), "CoreFxPipe_*");

    private string[] Descriptors(string script) => [.. Lines(script).Order(StringComparer.Ordinal)];

    private string[] Lines(string script) => [.. _shell.Run(script).Select(item => item.ToString())];
}

using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>A session that dies takes its workers along, and leaves nothing.</summary>
[Trait("Platform", "portable")]
public sealed class SessionDeathTests
{
    // The promise: two seconds.
    private const double Seconds = 2;

    [Fact]
    public void Ten_busy_workers_end_within_two_seconds_of_their_sessions_sigkill_and_the_next_import_sweeps()
    {
        string folder = Directory.CreateTempSubdirectory("pt-runtime").FullName;
        Dictionary<string, string?> environment = new() { ["PROCESSTOOLS_RUNTIME_FOLDER"] = Path.Combine(folder, "r") };
        try
        {
            int[] ids;
            using (SessionProcess session = new(
                // They are busy from when all are up, because busy ones would take the time from those that start.
                "$s = Get-SharedState; $go = $s.Event();"
                + "$w = foreach ($i in 1..10) { Start-WorkerProcess { $PID; $null = ($using:go).Wait(); while ($true) { } } };"
                + "foreach ($p in $w) { while ($p.Output.Count -eq 0) { Start-Sleep -Milliseconds 10 } }; $go.Set();"
                + "'ids ' + (($w | ForEach-Object { $_.ProcessId }) -join ' ')\nStart-Sleep 600",
                environment))
            {
                ids = [.. session.ReadLine("ids ").Split(' ').Skip(1).Select(int.Parse)];
                Assert.Equal(10, ids.Length);
                session.Kill();
                Until.True(() => !ids.Any(Processes.IsRunning), "the workers are gone", Seconds);
            }

            using SessionProcess next = new("$null = Start-WorkerProcess { 1 } | Receive-Job -Wait; 'swept'", environment);
            Assert.Equal(0, next.Complete().ExitCode);
            Until.True(() => LeftIn(folder).Length == 0, "the runtime folder is empty: " + string.Join(", ", LeftIn(folder)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Standby_workers_end_with_their_session_too()
    {
        using SessionProcess session = new("$null = Start-WorkerProcess { 1 } | Receive-Job -Wait; 'ready'\nStart-Sleep 600",
            new Dictionary<string, string?> { ["PROCESSTOOLS_STANDBY"] = "1" });
        session.ReadLine("ready");
        Until.True(() => Processes.Workers(session.Id).Length >= 1, "a worker stands by", 30);
        int[] children = Processes.Workers(session.Id);
        session.Kill();
        Until.True(() => !children.Any(Processes.IsRunning), "they are gone", Seconds);
    }

    [Fact]
    public void A_worker_takes_its_own_children_along()
    {
        using SessionProcess session = new(
            "$p = Start-WorkerProcess { $c = [Diagnostics.Process]::Start('sleep', '600'); $c.Id; while ($true) { } };"
            + "while ($p.Output.Count -eq 0) { Start-Sleep -Milliseconds 10 }; \"ids $($p.ProcessId) $($p.Output[0])\"\nStart-Sleep 600");
        int[] ids = [.. session.ReadLine("ids ").Split(' ').Skip(1).Select(int.Parse)];
        session.Kill();
        Until.True(() => !ids.Any(Processes.IsRunning), "worker and child are gone", Seconds);
    }

    [Fact]
    public void A_program_and_its_children_end_with_the_session()
    {
        NativePlatform.Require("end a program whose session was killed");
        using SessionProcess session = new(
            "$p = Start-WorkerProcess -Command 'sleep 600 & echo $!; sleep 601';"
            + "while ($p.Output.Count -eq 0) { Start-Sleep -Milliseconds 10 }; \"ids $($p.ProcessId) $($p.Output[0])\"\nStart-Sleep 600");
        int[] ids = [.. session.ReadLine("ids ").Split(' ').Skip(1).Select(int.Parse)];
        session.Kill();
        Until.True(() => !ids.Any(Processes.IsRunning), "program and child are gone", Seconds);
    }

    [Fact]
    public void A_frozen_worker_ends_with_its_session()
    {
        NativePlatform.Require("end a worker that cannot act, when its session was killed");
        using SessionProcess session = new(
            "$p = Start-WorkerProcess { 'up'; while ($true) { Start-Sleep -Milliseconds 10 } };"
            + "while ($p.Output.Count -eq 0) { Start-Sleep -Milliseconds 10 }; \"ids $($p.ProcessId)\"\nStart-Sleep 600");
        int id = int.Parse(session.ReadLine("ids ").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Processes.Freeze(id);
        session.Kill();
        Until.True(() => !Processes.IsRunning(id), "the frozen worker is gone", Seconds);
    }

    [Fact]
    public void The_workers_finally_blocks_run_when_the_session_dies()
    {
        string file = Path.GetTempFileName();
        try
        {
            using SessionProcess session = new(
                $"$p = Start-WorkerProcess {{ 'up'; try {{ while ($true) {{ Start-Sleep -Milliseconds 10 }} }} finally {{ [IO.File]::WriteAllText('{file}', 'cleaned') }} }};"
                + "while ($p.Output.Count -eq 0) { Start-Sleep -Milliseconds 10 }; 'up'\nStart-Sleep 600");
            session.ReadLine("up");
            session.Kill();
            Until.True(() => File.ReadAllText(file) == "cleaned", "the finally block ran", Seconds);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_session_that_ends_normally_does_not_wait_for_its_workers()
    {
        using SessionProcess session = new("$p = Start-WorkerProcess { while ($true) { } }; \"id $($p.ProcessId)\"");
        (int exitCode, string output, _) = session.Complete();
        Assert.Equal(0, exitCode);
        int id = int.Parse(output.Trim().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Until.True(() => !Processes.IsRunning(id), "the worker is gone", Seconds);
    }

    [Fact]
    public void A_full_memory_file_system_is_a_typed_error_and_the_session_goes_on()
    {
        string folder = Directory.CreateTempSubdirectory("pt-full").FullName;
        bool isMounted = RunProgram("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", folder) == 0;
        try
        {
            Assert.SkipUnless(isMounted, "Mounting a small file system needs root.");
            using SessionProcess session = new(
                "try { Start-WorkerProcess { 1 } } catch { $_.FullyQualifiedErrorId }; 'goes on'",
                new Dictionary<string, string?> { ["PROCESSTOOLS_RUNTIME_FOLDER"] = folder });
            (int exitCode, string output, string error) = session.Complete();
            Assert.Equal(string.Empty, error);
            Assert.Equal(["SharedMemoryFull,ProcessTools.Commands.StartWorkerProcessCommand", "goes on"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            Assert.Equal(0, exitCode);
            Assert.Empty(LeftIn(folder));
        }
        finally
        {
            RunProgram("umount", folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int RunProgram(string program, params string[] arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static string[] LeftIn(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
}

using System.Text.RegularExpressions;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>What a durable queue has the disk do, as the system's calls show it: a power cut undoes what was not flushed.</summary>
public sealed partial class DurableQueueDiskTests : IDisposable
{
    private const int Items = 10;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Full", Items, 0, Items)]
    [InlineData("Normal", 0, 0, 0)]
    [InlineData("Off", 0, 0, 0)]
    public void What_is_put_and_reported_is_flushed_as_the_durability_says(string durability, int puts, int gets, int reports)
    {
        string trace = Path.Combine(_folder.Path, "trace");
        string[] starter = ["strace", "-f", "-qq", "-y", "--seccomp-bpf", "-e", "trace=fsync,fdatasync,mkdir", "-o", trace];
        Assert.SkipUnless(CanTrace(starter), "It takes strace.");
        using ScriptProcess script = ScriptProcess.StartBy(
            starter,
            "-CommandWithArgs",
            $$"""
            Import-Module $args[0] -ErrorAction Stop
            $folder = $args[1]
            $queue = New-ProcessQueue -Path "$folder/spool" -Durability $args[2]
            $queue.Put('the first one begins the log')
            $null = [System.IO.Directory]::CreateDirectory("$folder/puts")
            foreach ($n in 1..{{Items}}) { $queue.Put($n) }
            $null = [System.IO.Directory]::CreateDirectory("$folder/gets")
            foreach ($n in 1..{{Items}}) { $null = $queue.Get() }
            $null = [System.IO.Directory]::CreateDirectory("$folder/reports")
            foreach ($n in 1..{{Items}}) { $queue.TaskDone() }
            $null = [System.IO.Directory]::CreateDirectory("$folder/end")
            """,
            Repository.Manifest,
            _folder.Path,
            durability);
        script.Input.Close();
        ScriptResult result = script.Wait();
        Assert.Empty(result.Error);
        string calls = File.ReadAllText(trace);
        Assert.Equal((puts, gets, reports), (Flushes(calls, "puts", "gets"), Flushes(calls, "gets", "reports"), Flushes(calls, "reports", "end")));
    }

    // The folders that the script makes tell one phase from another.
    private int Flushes(string calls, string from, string to)
    {
        int begin = calls.IndexOf($"mkdir(\"{_folder.Path}/{from}\"", StringComparison.Ordinal);
        int end = calls.IndexOf($"mkdir(\"{_folder.Path}/{to}\"", StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, $"The trace has no '{from}' before '{to}'.");
        return FlushOfLog().Count(calls[begin..end]);
    }

    private static bool CanTrace(string[] starter)
    {
        try
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start(starter[0], [.. starter[1..], "true"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    [GeneratedRegex(@"f(data)?sync\(\d+<[^>]*/queue\.db-wal>")]
    private static partial Regex FlushOfLog();
}

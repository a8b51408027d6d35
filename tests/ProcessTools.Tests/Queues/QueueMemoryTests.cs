using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>What queues do when memory runs short.</summary>
public sealed class QueueMemoryTests
{
    private const string Fill =
        """
        $q = New-ProcessQueue; $block = [byte[]]::new(300000); $put = 0
        try { for ($i = 0; $i -lt 100; $i++) { $block[5] = $i; $q.Put($block); $put++ } } catch [ProcessTools.SharedMemoryFullException] { $_.Exception.ErrorId }
        $same = $true
        """;

    private const string Drain =
        """

        for ($i = 0; $i -lt $put; $i++) { $got = $q.Get(5); $same = $same -and $got[5] -eq $i -and $got.Length -eq 300000 }
        "$put put, $same"; try { $q.Put('small'); $q.Get() } catch { "$_" }
        """;

    [Fact]
    public void A_queue_that_takes_more_memory_than_there_is_goes_on_in_the_temp_folder()
    {
        string temp = Directory.CreateTempSubdirectory("pt-spill-").FullName;
        try
        {
            using SessionProcess session = new(
                Fill + "\n\"$([IO.Directory]::GetFiles($env:TMPDIR, '*.ring', 'AllDirectories').Count -gt 0)\"" + Drain + "\n$q.Dispose()",
                new Dictionary<string, string?> { ["PROCESSTOOLS_QUEUE_MEMORY"] = "5000000", ["TMPDIR"] = temp });
            (int exitCode, string output, string error) = session.Complete();
            Assert.Equal(string.Empty, error);
            Assert.Equal(["True", "100 put, True", "small"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            Assert.Equal(0, exitCode);
            Assert.Empty(Directory.GetFiles(temp, "*.ring", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(temp, recursive: true);
        }
    }

    [Fact]
    public void When_memory_and_disk_are_full_the_put_is_refused_and_nothing_is_lost()
    {
        string memory = Directory.CreateTempSubdirectory("pt-memory-").FullName;
        string temp = Directory.CreateTempSubdirectory("pt-disk-").FullName;
        bool isMounted = Mount(memory, "6m") && Mount(temp, "6m");
        try
        {
            Assert.SkipUnless(isMounted, "Mounting a small file system needs root.");
            using SessionProcess session = new(
                Fill + Drain + "\n$q.Dispose()", new Dictionary<string, string?> { ["PROCESSTOOLS_RUNTIME_FOLDER"] = memory, ["TMPDIR"] = temp });
            (int exitCode, string output, string error) = session.Complete();
            Assert.Equal(string.Empty, error);
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.Equal("SharedMemoryFull", lines[0]);
            Assert.Matches("^[1-9][0-9]? put, True$", lines[1]);
            Assert.Equal("small", lines[2]);
            Assert.Equal(0, exitCode);
        }
        finally
        {
            Run("umount", memory);
            Run("umount", temp);
            Directory.Delete(memory, recursive: true);
            Directory.Delete(temp, recursive: true);
        }
    }

    private static bool Mount(string folder, string size) => Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "tmpfs", folder) == 0;

    private static int Run(string program, params string[] arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}

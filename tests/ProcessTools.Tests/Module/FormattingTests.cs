using ProcessTools.Tests.Runner;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

public sealed class FormattingTests
{
    // An object with the type's name and properties: views select by name, so it is shown as a worker is.
    private const string Worker =
        """
        Import-Module $args[0] -ErrorAction Stop
        $begin = [datetime]::new(2026, 1, 1)
        $worker = [pscustomobject]@{
            PSTypeName = 'ProcessTools.WorkerProcess'; Id = 7; Name = 'build'; ProcessId = 4711; ExitCode = 3; IsAlive = $false; HasMoreData = $true
            JobStateInfo = [System.Management.Automation.JobStateInfo]::new('Failed', [Exception]::new('the reason'))
            PSBeginTime = $begin; PSEndTime = $begin.AddSeconds(2.5); Command = " 'a'`n   'b' "
        }
        """;

    [Fact]
    public void A_worker_is_a_row_that_fits_a_terminal()
    {
        RunnerResult result = Run(Worker + "\n$worker");
        string row = Assert.Single(result.Lines, line => line.Contains("build", StringComparison.Ordinal));
        Assert.Equal(["7", "build", "Failed", "4711", "3", "True", "2.500", "'a'", "'b'"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(result.Lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_long_run_is_shown_in_hours()
    {
        RunnerResult result = Run(Worker + "\n$worker.PSEndTime = $begin.AddHours(30).AddSeconds(61); $worker");
        Assert.Contains(result.Lines, line => line.Contains(" 30:01:01 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_worker_that_has_not_started_has_no_time()
    {
        RunnerResult result = Run(Worker + "\n$worker.PSBeginTime = $worker.PSEndTime = $worker.ProcessId = $worker.ExitCode = $null; $worker");
        string row = Assert.Single(result.Lines, line => line.Contains("build", StringComparison.Ordinal));
        Assert.Equal(["7", "build", "Failed", "True", "'a'", "'b'"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_queue_is_a_row_with_its_name_or_its_id()
    {
        RunnerResult result = Run(
            """
            Import-Module $args[0] -ErrorAction Stop
            $named = New-ProcessQueue "rows-$PID" -Capacity 5
            1, 2, 3 | Send-ProcessMessage $named
            $null = $named.Get()
            $named.Close()
            $other = New-ProcessQueue
            $other.Id
            $named, $other
            """);
        Assert.Equal(["Queue", "Count", "Capacity", "UnfinishedTasks", "IsClosed"], Cells(result.Lines, "Queue"));
        Assert.Equal(["2", "5", "3", "True"], Cells(result.Lines, "rows-")[1..]);
        Assert.Equal([result.Lines[0], "0", "none", "0", "False"], Cells(result.Lines.Skip(1), "queue-"));
        Assert.All(result.Lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("$a, $b = New-ProcessPipe; $a.Id; $a", "both", "False")]
    [InlineData("$a, $b = New-ProcessPipe; $a.Id; $a.Close(); $a", "both", "True")]
    [InlineData("$a, $b = New-ProcessPipe -OneWay; $a.Id; $a", "send", "False")]
    [InlineData("$a, $b = New-ProcessPipe -OneWay; $b.Id; $b", "receive", "False")]
    public void An_end_of_a_pipe_is_a_row_with_its_direction(string script, string direction, string isClosed)
    {
        RunnerResult result = Run("Import-Module $args[0] -ErrorAction Stop\n" + script);
        Assert.Equal([result.Lines[0], direction, isClosed], Cells(result.Lines.Skip(1), "pipe-"));
        Assert.All(result.Lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_message_with_its_channel_is_a_row()
    {
        RunnerResult result = Run(
            """
            Import-Module $args[0] -ErrorAction Stop
            $queue = New-ProcessQueue
            $queue.Id
            $queue.Put('text')
            Receive-ProcessMessage $queue -AsRecord
            """);
        Assert.Equal([result.Lines[0], "text"], Cells(result.Lines.Skip(1), "queue-"));
    }

    private static string[] Cells(IEnumerable<string> lines, string first) =>
        Assert.Single(lines, line => line.StartsWith(first, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static RunnerResult Run(string script)
    {
        RunnerResult result = RunnerProcess.Run("-Command", script, Repository.Manifest);
        Assert.Empty(result.Error);
        return result;
    }
}

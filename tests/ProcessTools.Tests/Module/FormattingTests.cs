using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

/// <summary>How a terminal of 80 columns shows what the module makes.</summary>
public sealed class FormattingTests(ScriptSession session) : IClassFixture<ScriptSession>
{
    // An object with the type's name and properties: views select by name, so it is shown as a worker is.
    private const string Worker =
        """
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
        string[] lines = Run(Worker + "\n$worker");
        string row = Assert.Single(lines, line => line.Contains("build", StringComparison.Ordinal));
        Assert.Equal(["7", "build", "Failed", "4711", "3", "True", "2.500", "'a'", "'b'"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_long_run_is_shown_in_hours()
    {
        string[] lines = Run(Worker + "\n$worker.PSEndTime = $begin.AddHours(30).AddSeconds(61); $worker");
        Assert.Contains(lines, line => line.Contains(" 30:01:01 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_worker_that_has_not_started_has_no_time()
    {
        string[] lines = Run(Worker + "\n$worker.PSBeginTime = $worker.PSEndTime = $worker.ProcessId = $worker.ExitCode = $null; $worker");
        string row = Assert.Single(lines, line => line.Contains("build", StringComparison.Ordinal));
        Assert.Equal(["7", "build", "Failed", "True", "'a'", "'b'"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_queue_is_a_row_with_its_name_or_its_id()
    {
        string[] lines = Run(
            """
            $named = New-ProcessQueue "rows-$PID" -Capacity 5
            1, 2, 3 | Send-ProcessMessage $named
            $null = $named.Get()
            $named.Close()
            $other = New-ProcessQueue
            $other.Id
            $named, $other
            """);
        Assert.Equal(["Queue", "Count", "Capacity", "UnfinishedTasks", "IsClosed"], Cells(lines, "Queue"));
        Assert.Equal(["2", "5", "3", "True"], Cells(lines, "rows-")[1..]);
        Assert.Equal([lines[0], "0", "none", "0", "False"], Cells(lines.Skip(1), "queue-"));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("$a, $b = New-ProcessPipe; $a.Id; $a", "both", "False")]
    [InlineData("$a, $b = New-ProcessPipe; $a.Id; $a.Close(); $a", "both", "True")]
    [InlineData("$a, $b = New-ProcessPipe -OneWay; $a.Id; $a", "send", "False")]
    [InlineData("$a, $b = New-ProcessPipe -OneWay; $b.Id; $b", "receive", "False")]
    public void An_end_of_a_pipe_is_a_row_with_its_direction(string script, string direction, string isClosed)
    {
        string[] lines = Run(script);
        Assert.Equal([lines[0], direction, isClosed], Cells(lines.Skip(1), "pipe-"));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_message_with_its_channel_is_a_row()
    {
        string[] lines = Run(
            """
            $queue = New-ProcessQueue
            $queue.Id
            $queue.Put('text')
            Receive-ProcessMessage $queue -AsRecord
            """);
        Assert.Equal([lines[0], "text"], Cells(lines.Skip(1), "queue-"));
    }

    [Fact]
    public void A_file_of_a_watched_folder_is_a_row()
    {
        using TempFolder inbox = new();
        inbox.Write("a.txt", "four");
        string[] lines = Run($"Receive-ProcessMessage -Path '{inbox.Path}' -SettleSeconds 0 -Count 1 -Manual");
        Assert.Equal(["Name", "Length", "LastWriteTime", "State"], Words(lines[0]));
        Assert.Equal(["a.txt", "4", "Claimed"], Words(lines[2]).Where((_, index) => index is not (2 or 3)));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_pool_is_a_row_with_what_it_has_to_do_and_has_done()
    {
        string[] lines = Run(
            """
            [pscustomobject]@{
                PSTypeName = 'ProcessTools.ProcessPool'; Id = 12; Name = 'a-name-of-any-length'; State = 'Terminated'; Size = 64
                Statistics = [pscustomobject]@{ Busy = 63; Queued = 12345678; Completed = 1234567890; Failed = 100; TimedOut = 20; Crashed = 3; Cancelled = 4 }
            }
            """);
        Assert.Equal(["Id", "Name", "State", "Size", "Busy", "Queued", "Completed", "Failed", "Cancelled"], Words(lines[0]));
        Assert.Equal(["12", "Terminated", "64", "63", "12345678", "1234567890", "123", "4"], Words(lines[^1]).Where((_, index) => index != 1));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_future_is_a_row_and_nobody_asks_for_its_result()
    {
        string[] lines = Run(
            """
            foreach ($state in 'Running', 'Failed') {
                $isCompleted = $state -eq 'Failed'
                $future = [pscustomobject]@{
                    PSTypeName = 'ProcessTools.ProcessFuture'; Id = 31; State = $state; IsCompleted = $isCompleted; Seconds = 2.5; Worker = 4194303; Attempts = 2
                    Error = $isCompleted ? "the`n  reason" : $null; Errors = @(); Warnings = @('w')
                }
                $future.psobject.Properties.Add([psscriptproperty]::new('Result', { $global:asked = $true }))
                $future
            }
            "asked: $([bool] $global:asked)"
            """);
        Assert.Equal(["Id", "State", "Seconds", "Worker", "Attempts", "Error"], Words(lines[0]));
        Assert.Equal(["31", "Running", "4194303", "2"], Words(lines[2]));
        Assert.Equal(["31", "Failed", "2.500", "4194303", "2", "the", "reason"], Words(lines[3]));
        Assert.Equal("asked: False", lines[^1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_record_of_an_item_is_a_row_with_its_output_or_its_error()
    {
        string[] lines = Run(
            """
            $record = @{ PSTypeName = 'ProcessTools.PoolItemRecord'; Seconds = 0.25; Worker = 4711; Attempts = 1 }
            [pscustomobject] ($record + @{ Index = 0; Input = 'one'; Output = 1, 'a'; Error = $null; Status = 'Completed' })
            [pscustomobject] ($record + @{ Index = 1; Input = "two`nlines"; Output = @(); Error = 'no'; Status = 'TimedOut' })
            """);
        Assert.Equal(["Index", "Status", "Seconds", "Worker", "Attempts", "Input", "Result"], Words(lines[0]));
        Assert.Equal(["0", "Completed", "0.250", "4711", "1", "one", "1,", "a"], Words(lines[2]));
        Assert.Equal(["1", "TimedOut", "0.250", "4711", "1", "two", "lines", "no"], Words(lines[3]));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_pool_its_futures_workers_and_statistics_are_shown_while_it_works()
    {
        string[] lines = Run(
            """
            $pool = New-ProcessPool -Name shown -Size 1
            $first = $pool.Submit({ 'done' })
            $null = $first.Wait()
            $endless = $pool.Submit({ while ($true) { Start-Sleep -Milliseconds 20 } })
            $waiting = $pool.Submit({ 'never' })
            while ($endless.State -ne 'Running') { Start-Sleep -Milliseconds 5 }
            $pool | Out-Default
            $first, $endless, $waiting | Out-Default
            $pool.Workers | Out-Default
            $pool.Statistics | Out-Default
            # In one pipeline, where PowerShell takes no view for what comes second.
            'mixed'
            $pool
            $endless
            $pool.Terminate()
            """);
        Assert.Equal(["1", "1", "1", "0", "0"], Words(lines.First(line => line.Contains("shown", StringComparison.Ordinal)))[4..]);
        Assert.Single(lines, line => Words(line) is [_, "Completed", _, _, "1"]);
        Assert.Single(lines, line => Words(line) is [_, "Pending", ..]);
        Assert.Single(lines, line => Words(line) is [_, "Busy", "1", _, _, _, _]);
        Assert.Contains(lines, line => Words(line) is ["Submitted", ":", "3"]);
        Assert.Contains(lines, line => Words(line) is ["Utilisation", ":", [.., '%']]);
        Assert.Contains(lines, line => Words(line) is ["StartingTime", ":", _, "s"]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        string[] mixed = [.. lines.SkipWhile(line => line != "mixed")];
        Assert.Single(mixed, line => Words(line) is ["State", ":", "Running"]);
        Assert.DoesNotContain(mixed, line => line.StartsWith("Result", StringComparison.Ordinal));
    }

    [Fact]
    public void Shared_objects_are_rows_and_dictionaries_lists_and_arrays_what_is_in_them()
    {
        string[] lines = Run(
            """
            $s = Get-SharedState
            $d = $s.Dictionary('d'); $d['key'] = 'value'
            $l = $s.List('l'); $l.Add('first'); $l.Add('second')
            $n = $s.Namespace('names'); $n.Level = 3
            $null = $s.Lock('lock').Acquire()
            $null = $s.Semaphore('permits', 4).Acquire()
            $objects = $s, $d, $l, $s.Array('numbers', [int[]] (41, 42)), $n, $s.Lock('lock'), $s.RLock('again'), $s.BoundedSemaphore('bounded', 3), $s.Semaphore('permits'), $s.Event('bell'),
                $s.Condition('filled'), $s.Barrier('gate', 3), $s.Value('total', 7), ($s.Objects | Where-Object { $_.Name -eq 'numbers' })
            foreach ($object in $objects) { , $object | Out-Default }
            "process $PID"
            """);
        string process = lines[^1].Split(' ')[1];
        string[][] rows = [.. lines.Select(Words)];
        Assert.Single(rows, row => row is ["session", _, _, _, "True"] && row[1] == process && row[2] == process);
        Assert.Single(rows, row => row is ["key", "value"]);
        Assert.Equal(["first", "second", "41", "42"], lines.Where(line => line is "first" or "second" or "41" or "42"));
        Assert.Single(rows, row => row is ["Items", ":", "Level", "=", "3"]);
        Assert.Single(rows, row => row is ["lock", "Lock", "True", _, "False"] && row[3] == process);
        Assert.Single(rows, row => row is ["again", "RLock", "False", "False"]);
        Assert.Single(rows, row => row is ["bounded", "BoundedSemaphore", "3", "3", "0"]);
        Assert.Single(rows, row => row is ["permits", "Semaphore", "3", "4", "0"]);
        Assert.Single(rows, row => row is ["bell", "False"]);
        Assert.Single(rows, row => row is ["filled", "0", ..]);
        Assert.Single(rows, row => row is ["gate", "3", "0", "False"]);
        Assert.Single(rows, row => row is ["total", "Int32", "7"]);
        Assert.Single(rows, row => row is ["numbers", "Array", "Int32", "2", _]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_state_that_is_shown_gets_no_object_by_that()
    {
        string[] lines = RunAlone("(New-ProcessQueue), (Get-SharedState) | Out-Default; Get-SharedState | Out-Default; \"objects: $((Get-SharedState).GetObjects().Length)\"");
        Assert.Contains("objects: 0", lines);
        Assert.Single(lines, line => Words(line) is ["IsOpen", ":", "True"]);
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Cells(IEnumerable<string> lines, string first) =>
        Assert.Single(lines, line => line.StartsWith(first, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private string[] Run(string script) => session.Run(script);

    /// <summary>In a process that has no shared state yet.</summary>
    private static string[] RunAlone(string script)
    {
        ScriptResult result = ScriptProcess.Run("-CommandWithArgs", "Import-Module $args[0] -ErrorAction Stop; " + script, Repository.Manifest);
        Assert.Empty(result.Error);
        return result.Lines;
    }
}

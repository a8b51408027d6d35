using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>A watched folder and several processes, which may be killed.</summary>
[Trait("Platform", "portable")]
public sealed class FolderProcessTests : ChannelTest
{
    private const string Consumer =
        """
        Start-WorkerProcess {
            param($inbox, $log)
            Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -MaxAttempt 1000 | ForEach-Object {
                [System.IO.File]::AppendAllText($log, "$($_.Name) $($_.ReadText())`n")
                Start-Sleep -Milliseconds 2
            }
        } -ArgumentList $args[0], $args[1]
        """;

    private readonly TempFolder _inbox = new();
    private readonly TempFolder _outside = new();

    [Fact]
    public void Each_file_is_delivered_once_among_several_processes()
    {
        const int Files = 600;
        string[] logs = [.. Enumerable.Range(0, 3).Select(number => Path.Combine(_outside.Path, $"log{number}"))];
        WorkerProcess[] workers = [.. logs.Select(log => NewWorker(Consumer, _inbox.Path, log))];
        for (int number = 0; number < Files; number++)
        {
            // Half of them before the consumers are up.
            MoveIn(number);
        }

        Until.True(() => Done().Length == Files, "all files are done", 60);
        Stop(workers);
        Assert.Equal(Names(Files), logs.SelectMany(Delivered).Order());
        Assert.Equal(Names(Files), Done().Order());
        AssertNothingIsInHand();
        TestContext.Current.TestOutputHelper?.WriteLine($"deliveries by process: {string.Join(", ", logs.Select(log => Delivered(log).Count()))}");
    }

    [Fact]
    public void Kills_at_random_instants_lose_no_file_and_double_at_most_those_in_a_killed_hand()
    {
        int kills = LongForm.Rounds(4, 200);
        Random random = new(20261124);
        List<string> logs = [];
        List<WorkerProcess> living = [Start(logs), Start(logs), Start(logs)];
        int files = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            WorkerProcess victim = living[random.Next(living.Count)];
            string log = logs[int.Parse(victim.Name, System.Globalization.CultureInfo.InvariantCulture)];
            int wanted = random.Next(1, 10);

            // Files come until the victim has had some, and it is killed while there are more.
            Until.True(
                () =>
                {
                    MoveIn(files++);
                    return Delivered(log).Count() >= wanted;
                },
                "the victim is at work",
                60);
            for (int more = 0; more < 20; more++)
            {
                MoveIn(files++);
            }

            Thread.Sleep(random.Next(20));
            Processes.Signal(victim.ProcessId!.Value, Processes.Kill);
            living.Remove(victim);
            living.Add(Start(logs));
        }

        Until.True(() => Done().Length >= files, $"all {files} files are done, not {Done().Length}", 120);
        Stop([.. living]);
        Assert.Equal(Names(files), Done().Order());
        string[] delivered = [.. logs.SelectMany(Delivered)];
        Assert.Equal(Names(files), delivered.Distinct().Order());
        Assert.InRange(delivered.Length - files, 0, kills);
        Assert.Empty(Directory.GetFiles(Path.Combine(_inbox.Path, "failed")));
        AssertNothingIsInHand();
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills; {files} files, all done; {delivered.Length - files} delivered again after a kill");
    }

    [Fact]
    public void What_a_killed_process_had_in_hand_goes_to_one_that_waits()
    {
        MoveIn(0);
        WorkerProcess victim = NewWorker("Start-WorkerProcess { param($inbox) Receive-ProcessMessage -Path $inbox -SettleSeconds 0 | ForEach-Object { 'mine'; while ($true) { Start-Sleep -Milliseconds 100 } } } -ArgumentList $args", _inbox.Path);
        AwaitOutput(victim);
        Background<object?[]> call = Background.Run(() => All("Receive-ProcessMessage -Path $args[0] -Count 1 -TimeoutSeconds 30 | ForEach-Object { \"$($_.Name) $($_.Attempts)\" }", _inbox.Path));
        Assert.False(call.EndsWithin(1.5));
        Processes.Signal(victim.ProcessId!.Value, Processes.Kill);
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(["00000 2"], call.Result);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 3);
        AssertNothingIsInHand();
    }

    [Fact]
    public void A_file_can_be_passed_on_by_its_path()
    {
        MoveIn(0);
        Assert.Equal(
            ["0 in 1"],
            All(
                """
                $file = Receive-ProcessMessage -Path $args[0] -Count 1 -SettleSeconds 0 -Manual
                $file | Invoke-ProcessPool { "$([System.IO.File]::ReadAllText($_.FullName)) in $($_.Attempts)" } -ThrottleLimit 1
                $file.Complete()
                """,
                _inbox.Path));
        Assert.Single(Done());
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _inbox.Dispose();
            _outside.Dispose();
        }
    }

    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(number => $"{number:00000}");

    private static IEnumerable<string> Delivered(string log)
    {
        if (!File.Exists(log))
        {
            yield break;
        }

        using StreamReader reader = new(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));

        // Its writer may be at it: what comes after the last end of a line is a part of a line.
        foreach (string line in reader.ReadToEnd().Split('\n')[..^1])
        {
            string[] words = line.Split(' ');
            Assert.Equal(int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture), int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture));
            yield return words[0];
        }
    }

    private static void Stop(WorkerProcess[] workers)
    {
        foreach (WorkerProcess worker in workers)
        {
            Assert.Empty(worker.Error);
            worker.StopJob();
        }
    }

    private WorkerProcess Start(List<string> logs)
    {
        string log = Path.Combine(_outside.Path, $"log{logs.Count}");
        logs.Add(log);
        return NewWorker(Consumer + $" -Name {logs.Count - 1}", _inbox.Path, log);
    }

    private void MoveIn(int number)
    {
        string path = _outside.Write($"{number:00000}", $"{number}");
        File.Move(path, Path.Combine(_inbox.Path, Path.GetFileName(path)));
    }

    private string[] Done() => Directory.Exists(Path.Combine(_inbox.Path, "done")) ? [.. Directory.GetFiles(Path.Combine(_inbox.Path, "done")).Select(path => Path.GetFileName(path)!).Where(static name => name.All(char.IsAsciiDigit))] : [];

    private void AssertNothingIsInHand() => Assert.All(Directory.GetFiles(Path.Combine(_inbox.Path, ".processing"), "*", SearchOption.AllDirectories), path => Assert.EndsWith(".lock", path, StringComparison.Ordinal));
}

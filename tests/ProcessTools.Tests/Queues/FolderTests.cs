using System.Management.Automation;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Queues.Folder;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary><c>Receive-ProcessMessage -Path</c> in one process: which files come, in what order, and what becomes of them.</summary>
[Trait("Platform", "portable")]
public sealed class FolderTests : ChannelTest
{
    private const string Take = "Receive-ProcessMessage -Path $args[0] -SettleSeconds 0 -TimeoutSeconds 0";

    private readonly TempFolder _inbox = new();

    [Fact]
    public void Files_come_oldest_first_and_are_done_afterwards()
    {
        Write("b", minutesAgo: 3);
        Write("a", minutesAgo: 2);
        Write("c", minutesAgo: 1);
        Assert.Equal(["b is b", "a is a", "c is c"], All($"{Take} | ForEach-Object {{ \"$($_.Name) is $($_.ReadText())\" }}", _inbox.Path));
        Assert.Equal(["a", "b", "c"], Names("done"));
        AssertNothingIsLeft();
    }

    [Fact]
    public void Only_names_that_fit_a_filter_come()
    {
        foreach (string name in new[] { "a.json", "b.xml", "c.txt", "d.json.bak" })
        {
            Write(name);
        }

        Assert.Equal(["a.json", "b.xml"], All($"{Take} -Filter *.json, ?.xml | ForEach-Object Name", _inbox.Path).Order());
        Assert.Equal(["c.txt", "d.json.bak"], Names());
    }

    [Fact]
    public void Hidden_and_unfinished_files_and_folders_are_left()
    {
        string[] left = [".hidden", "a.tmp", "b.PART", "c~", "d.crdownload", "e.partial", "f.temp"];
        foreach (string name in left)
        {
            Write(name);
        }

        Directory.CreateDirectory(Path.Combine(_inbox.Path, "folder"));
        Assert.Empty(All(Take, _inbox.Path));
        Assert.Equal(left.Order(StringComparer.Ordinal), Names());
    }

    [Fact]
    public void A_named_pipe_is_no_file_that_comes()
    {
        NativePlatform.Require("tell a named pipe from a file");
        using System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_inbox.Path, "pipe")]);
        make.WaitForExit();
        Write("file");
        Assert.Equal(["file"], All($"{Take} | ForEach-Object Name", _inbox.Path));
    }

    [Fact]
    public void Names_of_any_kind_are_taken_as_they_are()
    {
        string[] names = ["a [1].txt", "täglich *?.txt", "'quoted'", "-Force", "$(exit)", " leading", "line\nfeed", new string('n', 255)];
        foreach (string name in names)
        {
            Write(name);
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), All($"{Take} | ForEach-Object {{ $_.ReadText() }}", _inbox.Path).Cast<string>().Order(StringComparer.Ordinal));
        Assert.Equal(names.Order(StringComparer.Ordinal), Names("done"));
    }

    [Fact]
    public void A_file_has_the_properties_of_one()
    {
        Write("a.txt", "äöü");
        FolderMessage message = Assert.IsAssignableFrom<FolderMessage>(One($"{Take} -Manual", _inbox.Path));
        Assert.Equal("a.txt", message.Name);
        Assert.Equal(6, message.Length);
        Assert.Equal("äöü", message.ReadText());
        Assert.Equal(6, message.ReadBytes().Length);
        Assert.Equal(1, message.Attempts);
        Assert.Equal(FolderMessageState.Claimed, message.State);
        Assert.Equal(message.FullName, message.PSPath);
        Assert.Equal(message.FullName, message.ToString());
        Assert.True(File.Exists(message.FullName));
        Assert.StartsWith(Path.Combine(_inbox.Path, ".processing"), message.FullName, StringComparison.Ordinal);
        message.Complete();
        Assert.Equal(Path.Combine(_inbox.Path, "done", "a.txt"), message.FullName);
        Assert.Equal("äöü", message.ReadText());
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("throw 'no good'", "no good")]
    [InlineData("throw [System.IO.InvalidDataException]::new('bad data')", "bad data")]
    [InlineData("$ErrorActionPreference = 'Stop'; $null.Method()", "InvokeMethodOnNull")]
    public void What_a_script_throws_at_fails_and_the_others_stay(string fault, string reason)
    {
        Write("1", minutesAgo: 2);
        Write("2", minutesAgo: 1);
        ShellResult result = Shell.TryRun($"{Take} | ForEach-Object {{ {fault} }}", _inbox.Path);
        Assert.Contains(reason, result.Errors[^1].ToString() + result.Errors[^1].FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["1", "1.error.txt"], Names("failed"));
        Assert.Contains(reason, File.ReadAllText(Path.Combine(_inbox.Path, "failed", "1.error.txt")), StringComparison.Ordinal);
        Assert.Empty(Names("done"));
        Assert.Equal(["2"], Names());
        AssertNothingIsInHand();
    }

    [Fact]
    public void A_script_can_say_itself_what_becomes_of_a_file_and_go_on()
    {
        foreach (int number in Enumerable.Range(1, 4))
        {
            Write($"{number}", minutesAgo: 10 - number);
        }

        Shell.Run($"{Take} -Count 4 | ForEach-Object {{ $file = $_; switch ($file.Name) {{ 1 {{ $file.Complete() }} 2 {{ try {{ throw 'reason' }} catch {{ $file.Fail($_) }} }} 3 {{ $file.Return() }} }} }}", _inbox.Path);
        Assert.Equal(["1", "4"], Names("done"));
        Assert.Equal(["2", "2.error.txt"], Names("failed"));
        Assert.Equal(["3"], All($"{Take} | ForEach-Object Name", _inbox.Path));
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_break_takes_what_was_delivered_as_done()
    {
        foreach (int number in Enumerable.Range(1, 4))
        {
            Write($"{number}", minutesAgo: 10 - number);
        }

        Assert.Equal(["1", "2"], All("$n = 0; foreach ($once in 1) { Receive-ProcessMessage -Path $args[0] -SettleSeconds 0 | ForEach-Object { $_.Name; if (++$n -eq 2) { break } } }", _inbox.Path));
        Assert.Equal(["1", "2"], Names("done"));
        Assert.Equal(["3", "4"], Names());
        AssertNothingIsInHand();
    }

    [Fact]
    public void A_pipeline_that_is_stopped_gives_its_file_back()
    {
        Write("a");
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        PSDataCollection<PSObject> output = [];
        shell.AddScript("Receive-ProcessMessage -Path $args[0] -SettleSeconds 0 | ForEach-Object { $_.Name; while ($true) { Start-Sleep -Milliseconds 10 } }").AddArgument(_inbox.Path);
        shell.BeginInvoke<PSObject, PSObject>(null, output);
        Until.True(() => output.Count > 0, "the file is in hand");
        Assert.Empty(Names());
        shell.Stop();
        Assert.Empty(Names("failed"));
        Assert.Empty(Names("done"));
        Assert.Equal(["a 1"], All($"{Take} | ForEach-Object {{ \"$($_.Name) $($_.Attempts)\" }}", _inbox.Path));
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_wait_is_ended_by_a_stop_at_once()
    {
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        shell.AddScript("Receive-ProcessMessage -Path $args[0]").AddArgument(_inbox.Path);
        shell.BeginInvoke();
        Until.True(() => Directory.Exists(Path.Combine(_inbox.Path, ".processing")), "it waits");
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        shell.Stop();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 0.5);
        AssertNothingIsInHand();
    }

    [Fact]
    public void With_a_count_the_end_of_the_time_is_an_error_and_without_it_the_end()
    {
        Write("a");
        ShellResult counted = Shell.TryRun($"{Take} -Count 2", _inbox.Path);
        Assert.Single(counted.Output);
        ErrorRecord error = Assert.Single(counted.Errors);
        Assert.Equal("MessageTimeout,ProcessTools.Commands.ReceiveProcessMessageCommand", error.FullyQualifiedErrorId);
        Assert.Contains(_inbox.Path, error.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(All(Take, _inbox.Path));
    }

    [Fact]
    public void A_count_takes_so_many_and_no_more()
    {
        foreach (int number in Enumerable.Range(1, 5))
        {
            Write($"{number}");
        }

        Assert.Equal(3, All("Receive-ProcessMessage -Path $args[0] -SettleSeconds 0 -Count 3", _inbox.Path).Length);
        Assert.Equal(2, Names().Length);
    }

    [Fact]
    public void A_file_that_comes_while_it_waits_is_seen_at_once()
    {
        string outside = Path.Combine(_inbox.Path, "done", "x");
        Background<object?[]> call = Background.Run(() => All("$clock = [System.Diagnostics.Stopwatch]::StartNew(); Receive-ProcessMessage -Path $args[0] -Count 1 -TimeoutSeconds 30 | ForEach-Object Name; $clock.Elapsed.TotalSeconds", _inbox.Path));
        Until.True(() => Directory.Exists(Path.Combine(_inbox.Path, ".processing")), "it waits");
        Thread.Sleep(100);
        File.WriteAllText(outside, "whole");
        File.SetLastWriteTimeUtc(outside, DateTime.UtcNow.AddMinutes(-1));
        File.Move(outside, Path.Combine(_inbox.Path, "moved in"));
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal("moved in", call.Result[0]);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 0.5);
    }

    [Fact]
    public void A_file_that_still_grows_is_left_until_it_does_not()
    {
        Background<object?[]> call = Background.Run(() => All("Receive-ProcessMessage -Path $args[0] -Count 1 -TimeoutSeconds 30 -SettleSeconds 0.4 | ForEach-Object { $_.Length }", _inbox.Path));
        string path = Path.Combine(_inbox.Path, "growing");
        for (int line = 0; line < 20; line++)
        {
            File.AppendAllText(path, "line\n");
            Thread.Sleep(60);
        }

        Assert.Equal([100L], call.Result);
    }

    [Fact]
    public void A_file_that_a_program_holds_open_is_left_until_it_is_closed()
    {
        string path = Path.Combine(_inbox.Path, "held");
        using FileStream writer = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Assert.Empty(All(Take, _inbox.Path));
        Background<object?[]> call = Background.Run(() => All("Receive-ProcessMessage -Path $args[0] -SettleSeconds 0 -Count 1 -TimeoutSeconds 30 | ForEach-Object { $_.ReadText() }", _inbox.Path));
        Thread.Sleep(200);
        writer.Write("all"u8);
        writer.Dispose();
        Assert.Equal(["all"], call.Result);
    }

    [Fact]
    public void A_file_from_the_future_comes_when_two_looks_saw_the_same()
    {
        Write("a", minutesAgo: -60);
        Assert.Equal(["a"], All("Receive-ProcessMessage -Path $args[0] -SettleSeconds 0.1 -Count 1 -TimeoutSeconds 20 | ForEach-Object Name", _inbox.Path));
    }

    [Fact]
    public void The_same_name_twice_keeps_both_files()
    {
        foreach (string text in new[] { "first", "second", "third" })
        {
            Write("a.txt", text);
            Assert.Single(All(Take, _inbox.Path));
        }

        string[] done = Names("done");
        Assert.Equal(3, done.Length);
        Assert.Contains("a.txt", done);
        Assert.All(done, name => Assert.EndsWith(".txt", name, StringComparison.Ordinal));
        Assert.Equal(["first", "second", "third"], done.Select(name => File.ReadAllText(Path.Combine(_inbox.Path, "done", name))).Order());
    }

    [Fact]
    public void Done_and_failed_files_go_where_one_says()
    {
        Write("good");
        Write("bad");
        using TempFolder elsewhere = new();
        Shell.Run($"{Take} -DoneFolder (\"$($args[1])/yes/deep\") -FailedFolder (\"$($args[1])/no\") | ForEach-Object {{ if ($_.Name -eq 'bad') {{ $_.Fail() }} }}", _inbox.Path, elsewhere.Path);
        Assert.True(File.Exists(Path.Combine(elsewhere.Path, "yes", "deep", "good")));
        Assert.True(File.Exists(Path.Combine(elsewhere.Path, "no", "bad")));
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_file_goes_to_another_file_system_too()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no second file system.");
        string other = $"/dev/shm/processtools-test-{Guid.NewGuid():N}";
        try
        {
            Write("a", "text");
            Write("b", "text");
            Shell.Run($"{Take} -DoneFolder $args[1] | ForEach-Object Name", _inbox.Path, other);
            Assert.Equal("text", File.ReadAllText(Path.Combine(other, "a")));
            Assert.Equal(["a", "b"], Directory.GetFiles(other, "?").Select(Path.GetFileName).Order());
            AssertNothingIsLeft();
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void A_disk_that_is_full_gets_no_part_of_a_file_and_the_file_comes_again()
    {
        using SmallDisk disk = new("64k");
        Write("large", new string('x', 200_000));
        ShellResult result = Shell.TryRun($"{Take} -DoneFolder $args[1] | ForEach-Object Name", _inbox.Path, disk.Path);
        Assert.Equal("FolderAccessFailed,ProcessTools.Commands.ReceiveProcessMessageCommand", Assert.Single(result.Errors).FullyQualifiedErrorId);
        Assert.DoesNotContain(Directory.GetFiles(disk.Path), static path => new FileInfo(path).Length > 0);
        Assert.Equal([200_000], All($"{Take} | ForEach-Object {{ $_.ReadText().Length }}", _inbox.Path));
        Assert.Equal(["large"], Names("done"));
    }

    [Fact]
    public void A_file_that_is_written_again_after_it_was_found_is_left_until_it_is_finished()
    {
        Write("1", minutesAgo: 2);
        string second = Write("2", "whole", minutesAgo: 1);
        using TempFolder outside = new();
        string go = Path.Combine(outside.Path, "go");
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        PSDataCollection<PSObject> output = [];
        shell.AddScript("$go = $args[1]; Receive-ProcessMessage -Path $args[0] -SettleSeconds 2 -Count 2 | ForEach-Object { \"$($_.Name) is $($_.ReadText())\"; while (-not [System.IO.File]::Exists($go)) { Start-Sleep -Milliseconds 5 } }")
            .AddArgument(_inbox.Path).AddArgument(go);
        IAsyncResult call = shell.BeginInvoke<PSObject, PSObject>(null, output);
        Until.True(() => output.Count == 1, "the first is in hand, and both were found");
        File.WriteAllText(second, "half");
        outside.Write("go", "");
        File.WriteAllText(second, "whole again");
        Assert.True(call.AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(60)));
        Assert.Equal(["1 is 1", "2 is whole again"], output.Select(static line => line.ToString()));
    }

    [Fact]
    public void A_link_to_a_file_comes_as_that_file()
    {
        using TempFolder outside = new();
        File.CreateSymbolicLink(Path.Combine(_inbox.Path, "link"), outside.Write("file", "text"));
        Assert.Equal(["link is text"], All($"{Take} | ForEach-Object {{ \"$($_.Name) is $($_.ReadText())\" }}", _inbox.Path));
        AssertNothingIsInHand();
    }

    [Theory]
    [InlineData("Send-ProcessMessage $closed -ErrorAction Stop")]
    [InlineData("Fail-It")]
    public void A_command_that_ends_with_an_error_is_told_from_one_that_wants_no_more(string command)
    {
        Write("a");
        ShellResult result = Shell.TryRun(
            "$closed = New-ProcessQueue; $closed.Close(); function Fail-It { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $item) process { $PSCmdlet.ThrowTerminatingError([System.Management.Automation.ErrorRecord]::new([Exception]::new('no good'), 'Id', 0, $null)) } } "
            + $"{Take} | {command}",
            _inbox.Path);
        Assert.NotEmpty(result.Errors);
        Assert.Equal(["a", "a.error.txt"], Names("failed"));
        Assert.Empty(Names("done"));
    }

    [Theory]
    [InlineData("-Path /no/such/folder", "does not exist")]
    [InlineData("-Path $args[1]", "is a file")]
    [InlineData("-Path variable:/", "not of the file system")]
    [InlineData("-Path $args[0] -DoneFolder $args[0]", "the watched folder itself")]
    [InlineData("-Path $args[0] -FailedFolder \"$($args[0])/\"", "the watched folder itself")]
    [InlineData("-Path $args[0] -DoneFolder $args[1]", "")]
    public void A_folder_that_cannot_be_used_is_refused_before_anything_is_taken(string parameters, string reason)
    {
        string file = Write("a");
        ShellResult result = Shell.TryRun($"Receive-ProcessMessage {parameters} -TimeoutSeconds 0", _inbox.Path, file);
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("FolderAccessFailed,ProcessTools.Commands.ReceiveProcessMessageCommand", error.FullyQualifiedErrorId);
        Assert.NotEqual(ErrorCategory.NotSpecified, error.CategoryInfo.Category);
        Assert.Contains(reason, error.Exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void The_end_of_the_folder_while_it_waits_is_an_error()
    {
        Background<ShellResult> call = Background.Run(() => Shell.TryRun("Receive-ProcessMessage -Path $args[0]", _inbox.Path));
        Until.True(() => Directory.Exists(Path.Combine(_inbox.Path, ".processing")) && Directory.GetFiles(_inbox.Path, ".lock", SearchOption.AllDirectories).Length == 1, "it waits");
        Thread.Sleep(100);
        Directory.Delete(_inbox.Path, recursive: true);
        Assert.Equal("FolderAccessFailed,ProcessTools.Commands.ReceiveProcessMessageCommand", Assert.Single(call.Result.Errors).FullyQualifiedErrorId);
        Directory.CreateDirectory(_inbox.Path);
    }

    [Theory]
    [InlineData("-Channel (New-ProcessQueue)")]
    [InlineData("-UntilClosed")]
    [InlineData("-AsRecord")]
    [InlineData("-MaxAttempt 0")]
    [InlineData("-SettleSeconds -1")]
    public void Parameters_that_make_no_sense_are_refused(string parameters)
    {
        ErrorRecord error = Assert.Single(Shell.TryRun($"{Take} {parameters}", _inbox.Path).Errors);
        Assert.IsAssignableFrom<ParameterBindingException>(error.Exception);
    }

    [Fact]
    public void What_is_settled_stays_so()
    {
        Write("a");
        FolderMessage message = (FolderMessage)One($"{Take} -Manual", _inbox.Path)!;
        message.Fail("reason");
        message.Fail("another");
        Assert.Equal("FolderMessageSettled", Assert.Throws<FolderMessageSettledException>(message.Complete).ErrorId);
        Assert.Throws<FolderMessageSettledException>(message.Return);
        Assert.Equal(FolderMessageState.Failed, message.State);
        Assert.Contains("reason", File.ReadAllText(message.FullName + ".error.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void Manual_files_stay_in_hand_after_the_command_and_nobody_else_gets_them()
    {
        Write("a");
        FolderMessage message = (FolderMessage)One($"{Take} -Manual", _inbox.Path)!;
        Assert.Empty(All(Take, _inbox.Path));
        message.Return();
        Assert.Equal(FolderMessageState.Returned, message.State);
        if (PlatformServices.Current is LinuxPlatform)
        {
            Assert.Equal(["a"], Names());
        }

        Assert.Single(All(Take, _inbox.Path));
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_file_that_is_given_back_comes_again_though_there_is_another_of_its_name()
    {
        Write("a", "old");
        FolderMessage message = (FolderMessage)One($"{Take} -Manual", _inbox.Path)!;
        Write("a", "new");
        message.Return();
        Assert.Equal(["1 new", "1 old"], All($"{Take} | ForEach-Object {{ \"$($_.Attempts) $($_.ReadText())\" }}", _inbox.Path).Order());
        Assert.Equal(2, Names("done").Length);
    }

    [Fact]
    public void A_consumer_with_another_filter_leaves_what_was_given_back()
    {
        Write("a.json", "old");
        FolderMessage message = (FolderMessage)One($"{Take} -Manual", _inbox.Path)!;
        Write("a.json", "new");
        message.Return();
        Assert.Empty(All($"{Take} -Filter *.xml", _inbox.Path));
        Assert.Equal(2, All($"{Take} -Filter *.json", _inbox.Path).Length);
    }

    [Fact]
    public void What_a_dead_process_had_in_hand_comes_again_and_is_given_up_at_last()
    {
        Write("a");
        Write("b");
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            LeaveInDeadHand(attempt);
            Assert.Equal([$"a {attempt + 1}"], All($"{Take} -Filter a -MaxAttempt 3 | ForEach-Object {{ \"$($_.Name) $($_.Attempts)\" }}", _inbox.Path));
        }

        LeaveInDeadHand(3);
        ShellResult result = Shell.TryRun($"{Take} -MaxAttempt 3 | ForEach-Object Name", _inbox.Path);
        Assert.Equal("b", Assert.Single(result.Output).BaseObject);
        Assert.Contains("3 processes", Assert.Single(result.Streams.Warning).Message, StringComparison.Ordinal);
        Assert.Equal(["a", "a.error.txt"], Names("failed"));
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_place_whose_lock_is_held_is_left_though_no_such_process_is_here()
    {
        string folder = Path.Combine(_inbox.Path, ".processing", "another-host-1-1-00");
        Directory.CreateDirectory(Path.Combine(folder, "1-1"));
        File.WriteAllText(Path.Combine(folder, "1-1", "a"), "a");
        using (new FileStream(Path.Combine(folder, ".lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Empty(All(Take, _inbox.Path));
        }

        Assert.Equal([2], All($"{Take} | ForEach-Object Attempts", _inbox.Path));
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_file_that_another_process_looks_at_while_it_is_claimed_can_be_read()
    {
        string path = Write("a", "text");
        FileStream look = new(path, FileMode.Open, FileAccess.Read, FileShare.None);
        Background<bool> claim = Background.Run(() => FolderLook.AwaitOthers(path));
        Assert.False(claim.EndsWithin(0.1));
        look.Dispose();
        Assert.True(claim.Result);
        Assert.Equal("text", File.ReadAllText(path));
    }

    [Fact]
    public void Ten_thousand_files_come_in_a_short_time()
    {
        for (int number = 0; number < 10_000; number++)
        {
            File.WriteAllText(Path.Combine(_inbox.Path, $"{number}"), string.Empty);
        }

        object?[] result = All("$clock = [System.Diagnostics.Stopwatch]::StartNew(); $n = 0; Receive-ProcessMessage -Path $args[0] -SettleSeconds 0 -TimeoutSeconds 0 | ForEach-Object { $n++ }; $n; $clock.Elapsed.TotalSeconds", _inbox.Path);
        Assert.Equal(10_000, result[0]);
        TestContext.Current.TestOutputHelper?.WriteLine($"10,000 files in {result[1]:0.00} s");
        Assert.InRange((double)result[1]!, 0, 60);
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_move_that_the_system_cannot_do_in_one_step_is_never_over_another_file()
    {
        string source = Write("a", "new");
        string folder = Path.Combine(_inbox.Path, "target");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "a"), "old");
        string moved = FolderMoves.Into(folder, source, "a");
        Assert.Equal("old", File.ReadAllText(Path.Combine(folder, "a")));
        Assert.Equal("new", File.ReadAllText(moved));
        if (PlatformServices.Current is LinuxPlatform)
        {
            Assert.False(PlatformServices.Current.TryMoveNew(moved, Path.Combine(folder, "a")));
            Assert.Throws<FileNotFoundException>(() => PlatformServices.Current.TryMoveNew(source, Path.Combine(folder, "b")));
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _inbox.Dispose();
        }
    }

    private string Write(string name, string? text = null, double minutesAgo = 0)
    {
        string path = _inbox.Write(name, text ?? name);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-minutesAgo));
        return path;
    }

    private string[] Names(string folder = "")
    {
        string path = Path.Combine(_inbox.Path, folder);
        return Directory.Exists(path) ? [.. Directory.GetFiles(path).Select(file => Path.GetFileName(file)!).Where(name => name != ".lock").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Makes the place of a process that has died with the file a in its hand.</summary>
    private void LeaveInDeadHand(int attempt)
    {
        string folder = Path.Combine(_inbox.Path, ".processing", $"{Environment.MachineName}-{int.MaxValue}-1-{attempt:X16}");
        string slot = Path.Combine(folder, $"{attempt}-1");
        Directory.CreateDirectory(slot);
        File.WriteAllText(Path.Combine(folder, ".lock"), string.Empty);
        File.Move(Directory.GetFiles(_inbox.Path, "a", SearchOption.AllDirectories).Single(), Path.Combine(slot, "a"));
    }

    private void AssertNothingIsInHand() =>
        Assert.All(Directory.GetFileSystemEntries(Path.Combine(_inbox.Path, ".processing"), "*", SearchOption.AllDirectories), path => Assert.Equal("returned", Path.GetFileName(path)));

    private void AssertNothingIsLeft()
    {
        Assert.Empty(Names());
        AssertNothingIsInHand();
    }
}

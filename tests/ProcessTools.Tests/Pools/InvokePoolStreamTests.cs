using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Invoke-ProcessPool: the streams and the errors of items.</summary>
public sealed class InvokePoolStreamTests(PoolSession session) : PoolTest(session)
{
    [Fact]
    public void All_streams_of_an_item_arrive_with_it_in_the_order_in_which_they_were_written()
    {
        // Merged into one stream, the order between streams is seen too.
        object?[] all = All(
            """
            $VerbosePreference = $DebugPreference = $WarningPreference = $InformationPreference = 'Continue'
            1..3 | Invoke-ProcessPool {
                [CmdletBinding()] param($n)
                $VerbosePreference = $DebugPreference = $WarningPreference = 'Continue'
                "out $n"
                $PSCmdlet.WriteWarning("warn $n")
                $PSCmdlet.WriteVerbose("verb $n")
                $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([IO.IOException]::new("error $n"), 'MyId', 'ReadError', $n))
                $PSCmdlet.WriteDebug("debug $n")
                $PSCmdlet.WriteInformation([Management.Automation.InformationRecord]::new("info $n", 'me'))
                "end $n"
            } -Pool $pool *>&1
            $VerbosePreference = $DebugPreference = $InformationPreference = 'SilentlyContinue'
            """);
        Assert.Equal(
            Enumerable.Range(1, 3).SelectMany(n => new[] { $"out {n}", $"WarningRecord warn {n}", $"VerboseRecord verb {n}", $"ErrorRecord error {n}", $"DebugRecord debug {n}", $"InformationRecord info {n}", $"end {n}" }),
            all.Select(item => item is string text ? text : $"{item!.GetType().Name} {item}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-Unordered")]
    public void Streams_of_items_do_not_mix(string order)
    {
        object?[] all = All(
            $$"""
            1..200 | Invoke-ProcessPool {
                [CmdletBinding()] param($n)
                for ($i = 0; $i -lt 3; $i++) { "$n"; $PSCmdlet.WriteWarning("$n") }
            } -Pool $pool {{order}} 3>&1
            """);
        string[] texts = [.. all.Select(item => item!.ToString()!)];
        Assert.Equal(1200, texts.Length);
        List<string> runs = [];
        for (int i = 0; i < texts.Length; i += 6)
        {
            Assert.All(texts[i..(i + 6)], text => Assert.Equal(texts[i], text));
            Assert.Equal([true, false, true, false, true, false], all[i..(i + 6)].Select(item => item is string));
            runs.Add(texts[i]);
        }

        Assert.Equal(Enumerable.Range(1, 200), runs.Select(int.Parse).Order());
    }

    [Fact]
    public void The_callers_preferences_hold_for_the_streams_of_items()
    {
        ShellResult result = Shell.TryRun(
            "1 | Invoke-ProcessPool { [CmdletBinding()] param($n) $PSCmdlet.WriteWarning('w'); $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([IO.IOException]::new('e'), 'E', 'ReadError', 1)) } -WarningAction SilentlyContinue -ErrorAction SilentlyContinue -WarningVariable w -ErrorVariable e; $w.Count; $e.Count");
        Assert.Empty(result.Errors);
        Assert.Empty(result.Streams.Warning);
        Assert.Equal([1, 1], Bare(result.Output));
    }

    [Fact]
    public void What_an_item_writes_to_the_host_and_the_console_is_information()
    {
        ShellResult result = Shell.TryRun("1 | Invoke-ProcessPool { $Host.UI.WriteLine('to the host'); 'out' } -Pool $pool");
        Assert.Equal("out", Bare(Assert.Single(result.Output)));
        Assert.Equal("to the host", Assert.IsType<HostInformationMessage>(Bare(Assert.Single(result.Streams.Information).MessageData)).Message);
    }

    [Fact]
    public void Progress_of_an_item_is_forwarded_while_it_runs()
    {
        ProcessQueue gate = NewQueue();
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        shell.AddScript("param($gate) 1 | Invoke-ProcessPool { [CmdletBinding()] param($n) $PSCmdlet.WriteProgress([Management.Automation.ProgressRecord]::new(7, 'my activity', 'status')); $null = ($using:gate).Get(60) } -Pool $pool").AddArgument(gate);
        IAsyncResult call = shell.BeginInvoke();
        Until.True(() => shell.Streams.Progress.Any(record => record.Activity == "my activity"), "the progress is there", 60);
        gate.Put("go");
        shell.EndInvoke(call);
        Assert.Empty(shell.Streams.Error);
    }

    [Fact]
    public void Errors_carry_their_item_its_index_and_its_worker()
    {
        ShellResult result = Shell.TryRun(
            "'a', 'b', 'c' | Invoke-ProcessPool { [CmdletBinding()] param($x) if ($x -eq 'b') { $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([IO.IOException]::new('soft'), 'Soft', 'ReadError', 'target')); throw 'hard' }; $x } -Pool $pool");
        Assert.Equal(["a", "c"], Bare(result.Output));
        Assert.Equal(["Soft", "hard"], result.Errors.Select(IdOf));
        foreach (ErrorRecord error in result.Errors)
        {
            Assert.Equal("b", Note(error, "Item"));
            Assert.Equal(1L, Convert.ToInt64(Note(error, "ItemIndex"), System.Globalization.CultureInfo.InvariantCulture));
            Assert.Contains((int)Note(error, "WorkerProcessId")!, Pool.Workers.Select(worker => worker.ProcessId));
        }
    }

    [Fact]
    public void An_items_error_is_its_own_record_with_type_id_target_and_position()
    {
        ErrorRecord error = ErrorOf(
            "function Deep($x) {\n  throw [Management.Automation.ErrorRecord]::new([IO.FileNotFoundException]::new('gone', 'f.txt'), 'MyId', 'ObjectNotFound', $x)\n}\n'item' | Invoke-ProcessPool {\n  Deep $_\n}");
        Assert.Equal("MyId", IdOf(error));
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Equal("item", Bare(error.TargetObject));
        Assert.Equal("f.txt", Assert.IsType<FileNotFoundException>(error.Exception).FileName);
        Assert.Equal(2, error.InvocationInfo.ScriptLineNumber);
        Assert.Contains("line 2", error.ScriptStackTrace, StringComparison.Ordinal);
        Assert.Contains("line 5", error.ScriptStackTrace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("throw 'x'", "x")]
    [InlineData("throw [IO.FileNotFoundException]::new('x')", "x")]
    [InlineData("$ErrorActionPreference = 'Stop'; [int]::Parse('x')", "FormatException")]
    [InlineData("$ErrorActionPreference = 'Stop'; No-SuchCommandAnywhere", "CommandNotFoundException")]
    [InlineData("exit 3", "TaskExited")]
    [InlineData("& { exit }", "TaskExited")]
    [InlineData("[Action] { }", "NotSerializable")]
    [InlineData("[Environment]::Exit(9)", "WorkerCrashed")]
    [InlineData("param([int] $x) $x", "InvalidCastFromStringToInteger")]
    public void An_item_that_fails_is_one_non_terminating_error_and_the_others_go_on(string script, string id)
    {
        ShellResult result = Shell.TryRun($"1, 'bad', 3 | Invoke-ProcessPool {{ {(script.StartsWith("param", StringComparison.Ordinal) ? script : $"if ($_ -eq 'bad') {{ {script} }} else {{ $_ }}")} }} -Pool $pool; 'after'");
        Assert.Equal([1, 3, "after"], Bare(result.Output));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal(id, IdOf(error));
        Assert.Equal("bad", Note(error, "Item"));
    }

    [Fact]
    public void Errors_of_the_script_that_do_not_end_it_leave_its_output()
    {
        ShellResult result = Shell.TryRun("1 | Invoke-ProcessPool { 'before'; 1 / 0; 'after' } -Pool $pool");
        Assert.Equal(["before", "after"], Bare(result.Output));
        Assert.IsType<DivideByZeroException>(Assert.Single(result.Errors).Exception.GetBaseException());
    }

    [Fact]
    public void Output_that_cannot_travel_fails_its_item_and_what_it_wrote_before_is_there()
    {
        ShellResult result = Shell.TryRun("1..3 | Invoke-ProcessPool { \"before $_\"; if ($_ -eq 2) { [Action] { } } } -Pool $pool");
        Assert.Equal(["before 1", "before 2", "before 3"], Bare(result.Output));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("NotSerializable", IdOf(error));
        Assert.Equal(2, Note(error, "Item"));
    }

    [Fact]
    public void Input_that_cannot_travel_fails_its_item_and_the_others_go_on()
    {
        ShellResult result = Shell.TryRun("1, [Action] { }, 3 | Invoke-ProcessPool { $_ } -Pool $pool");
        Assert.Equal([1, 3], Bare(result.Output));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal("NotSerializable", IdOf(error));
        Assert.IsType<Action>(Note(error, "Item"));
    }

    [Fact]
    public void An_exception_type_of_the_items_own_names_it()
    {
        RemoteWorkerException exception = Assert.IsType<RemoteWorkerException>(ErrorOf("1 | Invoke-ProcessPool { class MyPoolError : Exception { MyPoolError($m) : base($m) { } }; throw [MyPoolError]::new('mine') } -Pool $pool").Exception);
        Assert.Contains("MyPoolError", exception.RemoteTypeName, StringComparison.Ordinal);
        Assert.Contains("mine", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crash_names_the_process_and_how_it_ended()
    {
        WorkerCrashedException crash = Assert.IsType<WorkerCrashedException>(ErrorOf("1 | Invoke-ProcessPool { [Environment]::Exit(9) } -Pool $pool").Exception);
        Assert.Equal(9, crash.ExitCode);
        Assert.NotNull(crash.ProcessId);
        Assert.Contains("exit code 9", crash.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_an_item_does_not_read_the_pools_channels()
    {
        ShellResult result = Shell.TryRun("1, 2 | Invoke-ProcessPool { sh -c 'cat | wc -c'; sh -c 'echo to-error >&2'; sh -c 'exit 3'; $LASTEXITCODE } -Pool $pool");
        Assert.Equal(["0", "3", "0", "3"], Bare(result.Output).Select(item => $"{item}".Trim()));
        Assert.Equal(["to-error", "to-error"], result.Errors.Select(error => error.Exception.Message));
    }
}

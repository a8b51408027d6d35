using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>Script blocks in workers: arguments, input, output, values.</summary>
public sealed class ScriptWorkerTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Program_1_a_worker_runs_a_script_block_with_an_argument_and_a_name()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$p = Start-WorkerProcess { param($name) Start-Sleep -Milliseconds 100; \"process start: $name\" } -ArgumentList test1 -Name test1; Receive-Job $p -Wait"));
        Assert.Equal("process start: test1", result.BaseObject);
    }

    [Fact]
    public void The_script_runs_in_another_process()
    {
        int id = (int)Assert.Single(_shell.Run("Start-WorkerProcess { $PID } | Receive-Job -Wait")).BaseObject;
        Assert.NotEqual(Environment.ProcessId, id);
    }

    [Fact]
    public void The_worker_tells_its_process_id_name_state_and_exit_code()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run(
            "$p = Start-WorkerProcess { $PID } -Name abc; $global:alive = $p.IsAlive; $global:code = $p.ExitCode; $p")).BaseObject;
        Assert.True((bool)_shell.Run("$alive")[0].BaseObject);
        Assert.Null(_shell.Run("$code").FirstOrDefault());
        Assert.Equal("abc", worker.Name);
        Assert.True(worker.Join(30));
        Assert.False(worker.IsAlive);
        Assert.True(worker.HasExited);
        Assert.Equal(0, worker.ExitCode);
        Assert.Equal(0, worker.Poll());
        Assert.Equal(JobState.Completed, worker.JobStateInfo.State);
        Assert.Equal(worker.ProcessId, Assert.Single(worker.Output).BaseObject);
    }

    [Fact]
    public void A_worker_without_a_name_gets_one_from_its_id()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("Start-WorkerProcess { }")).BaseObject;
        Assert.Equal($"Worker{worker.Id}", worker.Name);
    }

    [Fact]
    public void Arguments_by_position_and_by_name_arrive_together()
    {
        PSObject result = Assert.Single(_shell.Run(
            "Start-WorkerProcess { param($a, $b, $c) \"$a-$b-$c\" } -ArgumentList 1, 2 -Parameter @{ c = 3 } | Receive-Job -Wait"));
        Assert.Equal("1-2-3", result.BaseObject);
    }

    [Fact]
    public void Advanced_scripts_bind_their_parameters_and_validate_them()
    {
        ShellResult result = _shell.TryRun(
            "Start-WorkerProcess { [CmdletBinding()] param([Parameter(Mandatory)][ValidateRange(1, 5)][int] $n, [switch] $twice) if ($twice) { $n * 2 } else { $n } } -Parameter @{ n = 4; twice = $true } | Receive-Job -Wait;"
            + "Start-WorkerProcess { [CmdletBinding()] param([ValidateRange(1, 5)][int] $n) $n } -ArgumentList 9 | Receive-Job -Wait");
        Assert.Equal(8, Assert.Single(result.Output).BaseObject);
        Assert.StartsWith("ParameterArgumentValidationError", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_arrive_with_their_types()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$in = @{ list = [int[]](1, 2, 3); when = [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc); big = [bigint]::Pow(2, 100); day = [DayOfWeek]::Friday };"
            + "Start-WorkerProcess { param($h) [pscustomobject]@{ L = $h.list.GetType().Name; W = $h.when.Kind; B = $h.big + 1; D = $h.day.GetType().FullName } } -ArgumentList $in | Receive-Job -Wait"));
        Assert.Equal("Int32[]", result.Properties["L"].Value);
        Assert.Equal(DateTimeKind.Utc, result.Properties["W"].Value);
        Assert.Equal(System.Numerics.BigInteger.Pow(2, 100) + 1, result.Properties["B"].Value);
        Assert.Equal("System.DayOfWeek", result.Properties["D"].Value);
    }

    [Fact]
    public void Output_has_no_added_properties()
    {
        PSObject result = Assert.Single(_shell.Run("Start-WorkerProcess { [pscustomobject]@{ A = 1 } } | Receive-Job -Wait"));
        Assert.Equal(["A"], result.Properties.Select(property => property.Name));
    }

    [Fact]
    public void Null_and_empty_output_arrive_as_they_are()
    {
        WorkerProcess worker = (WorkerProcess)Assert.Single(_shell.Run("Start-WorkerProcess { $null; , @(); 'x' } | Wait-Job")).BaseObject;
        Assert.Equal(3, worker.Output.Count);
        Assert.Null(worker.Output[0]);
        Assert.Empty(Assert.IsType<object[]>(worker.Output[1].BaseObject));
    }

    [Fact]
    public void Piped_input_streams_through_a_process_block()
    {
        IEnumerable<object> results = _shell.Run("1..100 | Start-WorkerProcess { process { $_ * 2 } } | Receive-Job -Wait").Select(result => result.BaseObject);
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (object)(n * 2)), results);
    }

    [Fact]
    public void Piped_input_is_the_input_variable_of_a_plain_block()
    {
        Assert.Equal(5050 * 3, Assert.Single(_shell.Run(
            "$factor = 3; 1..100 | Start-WorkerProcess { $sum = 0; foreach ($n in $input) { $sum += $n * $using:factor }; $sum } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Input_given_by_name_is_taken_item_by_item()
    {
        Assert.Equal(6, Assert.Single(_shell.Run("Start-WorkerProcess { $s = 0; foreach ($n in $input) { $s += $n }; $s } -InputObject 1, 2, 3 | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Without_input_a_process_block_runs_once()
    {
        Assert.Equal("once", Assert.Single(_shell.Run("Start-WorkerProcess { process { 'once' } } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void A_worker_that_ends_without_reading_its_input_does_not_hold_up_the_pipeline()
    {
        Assert.Equal("done", Assert.Single(_shell.Run("1..20000 | Start-WorkerProcess { process { 'done'; exit } } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Using_works_for_variables_members_and_in_nested_blocks()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$x = [pscustomobject]@{ N = 5; L = 1, 2, 3 }; Start-WorkerProcess { $a = & { & { $using:x } }; \"$($a.N) $($using:x.N) $($using:x.L[2])\" } | Receive-Job -Wait"));
        Assert.Equal("5 5 3", result.BaseObject);
    }

    [Fact]
    public void Using_in_a_worker_started_by_a_worker_means_the_inner_variable_or_else_the_outer()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$outer = 'o'; Start-WorkerProcess { $inner = 'i'; Start-WorkerProcess { \"$using:inner$using:outer\" } | Receive-Job -Wait } | Receive-Job -Wait"));
        Assert.Equal("io", result.BaseObject);
    }

    [Fact]
    public void A_worker_can_start_workers_of_its_own()
    {
        IEnumerable<object> ids = _shell.Run("Start-WorkerProcess { $PID; Start-WorkerProcess { $PID } | Receive-Job -Wait } | Receive-Job -Wait").Select(result => result.BaseObject);
        Assert.Equal(2, ids.Distinct().Count());
    }

    [Fact]
    public void A_worker_knows_that_it_is_one_and_whose()
    {
        PSObject result = Assert.Single(_shell.Run(
            "Start-WorkerProcess { \"$([ProcessTools.WorkerContext]::IsWorker) $([ProcessTools.WorkerContext]::Name) $([ProcessTools.WorkerContext]::ParentProcessId)\" } -Name me | Receive-Job -Wait"));
        Assert.Equal($"True me {Environment.ProcessId}", result.BaseObject);
        Assert.False(WorkerContext.IsWorker);
    }

    [Fact]
    public void The_worker_starts_in_the_callers_location_culture_and_environment()
    {
        string folder = Directory.CreateTempSubdirectory("pt [odd] name").FullName;
        try
        {
            PSObject result = Assert.Single(_shell.Run(
                "param($folder) $null = $ExecutionContext.SessionState.Path.SetLocation([Management.Automation.WildcardPattern]::Escape($folder)); $env:PT_TEST = 'seen'; [cultureinfo]::CurrentCulture = 'de-DE';"
                + "Start-WorkerProcess { \"$($PWD.ProviderPath)|$([Environment]::CurrentDirectory)|$env:PT_TEST|$([cultureinfo]::CurrentCulture.Name)|$((1.5).ToString())\" } | Receive-Job -Wait",
                folder));
            Assert.Equal($"{folder}|{folder}|seen|de-DE|1,5", result.BaseObject);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PT_TEST", null);
            Directory.Delete(folder);
        }
    }

    [Fact]
    public void Working_directory_and_environment_can_be_given()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$env:PT_GONE = 'x'; try { Start-WorkerProcess { \"$PWD|$env:PT_NEW|$([bool]$env:PT_GONE)\" } -WorkingDirectory / -Environment @{ PT_NEW = 5; PT_GONE = $null } | Receive-Job -Wait } finally { $env:PT_GONE = $null }"));
        Assert.Equal("/|5|False", result.BaseObject);
    }

    [Fact]
    public void The_initialization_script_runs_first_in_the_global_scope()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$v = 7; Start-WorkerProcess { \"$x $(Get-It)\" } -InitializationScript { $x = $using:v; function Get-It { 'it' }; 'not output' } | Receive-Job -Wait"));
        Assert.Equal("7 it", result.BaseObject);
    }

    [Fact]
    public void A_script_file_runs_with_its_own_root_folder()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string file = Path.Combine(folder, "job.ps1");
            File.WriteAllText(file, "param($a, [switch] $s)\n\"$a $s $PSScriptRoot\"\nthrow 'at line three'\n");
            ShellResult result = _shell.TryRun("param($file) Start-WorkerProcess -FilePath $file -ArgumentList 1 -Parameter @{ s = $true } | Receive-Job -Wait", file);
            Assert.Equal($"1 True {folder}", Assert.Single(result.Output).BaseObject);
            ErrorRecord error = Assert.Single(result.Errors);
            Assert.Equal(file, error.InvocationInfo.ScriptName);
            Assert.Equal(3, error.InvocationInfo.ScriptLineNumber);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Input_that_cannot_travel_is_an_error_for_that_object_alone()
    {
        ShellResult result = _shell.TryRun("$d = [Action]{ }; 1, $d, 3 | Start-WorkerProcess { process { $_ } } | Receive-Job -Wait");
        Assert.Equal([1, 3], result.Output.Select(item => item.BaseObject));
        Assert.StartsWith("NotSerializable", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_megabytes_of_text_pass_both_ways()
    {
        Assert.Equal(100_000_000, Assert.Single(_shell.Run("$s = 'x' * 100000000; (Start-WorkerProcess { param($t) $t } -ArgumentList $s | Receive-Job -Wait).Length")).BaseObject);
    }

    [Fact]
    public void What_if_starts_nothing()
    {
        Assert.Empty(_shell.Run("Start-WorkerProcess { 1 } -WhatIf; Get-Job"));
    }

    [Fact]
    public void Many_workers_at_once_each_give_their_own_answer()
    {
        IEnumerable<int> results = _shell.Run("$w = foreach ($i in 1..12) { Start-WorkerProcess { param($n) $n * $n } -ArgumentList $i }; $w | Receive-Job -Wait")
            .Select(result => (int)result.BaseObject).Order();
        Assert.Equal(Enumerable.Range(1, 12).Select(n => n * n), results);
    }
}

using System.Management.Automation;
using ProcessTools.Engine.Workers;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>Workers that are booted ahead.</summary>
[Collection(nameof(StandbyCollection))]
[Trait("Platform", "portable")]
public sealed class StandbyTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public StandbyTests()
    {
        Environment.SetEnvironmentVariable(WorkerSettings.StandbyVariable, null);
        StandbyWorkers.Clear();
    }

    public void Dispose()
    {
        TestEnvironment.Set();
        Environment.SetEnvironmentVariable(WorkerSettings.StandbyIdleVariable, null);
        _shell.Dispose();
    }

    [Fact]
    public void After_the_first_use_a_worker_stands_by_and_is_handed_out()
    {
        int[] children = AwaitStandby();
        int id = ProcessIdOf("$PID");
        Assert.Contains(id, children);
    }

    [Fact]
    public void A_worker_is_never_used_twice()
    {
        HashSet<int> ids = [];
        for (int i = 0; i < 5; i++)
        {
            AwaitStandby();
            Assert.True(ids.Add(ProcessIdOf("$global:leftover; $env:PT_LEFT; $global:leftover = $env:PT_LEFT = 'x'; $PID")));
        }
    }

    [Fact]
    public void A_standby_worker_has_the_callers_location_environment_and_mode_of_the_moment_of_use()
    {
        AwaitStandby();
        PSObject result = Assert.Single(_shell.Run(
            "$null = $ExecutionContext.SessionState.Path.SetLocation('/'); $env:PT_LATE = 'late'; try { Start-WorkerProcess { \"$PWD $env:PT_LATE\" } | Receive-Job -Wait } finally { $env:PT_LATE = $null }"));
        Assert.Equal("/ late", result.BaseObject);
    }

    [Fact]
    public void A_standby_worker_that_was_killed_is_passed_over()
    {
        AwaitStandby();
        foreach (int child in Processes.Children(Environment.ProcessId))
        {
            Processes.Signal(child, Processes.Kill);
        }

        Assert.True(ProcessIdOf("$PID") > 0);
    }

    [Fact]
    public void Standby_workers_leave_after_an_idle_time()
    {
        AwaitStandby();
        Environment.SetEnvironmentVariable(WorkerSettings.StandbyIdleVariable, "0.5");
        ProcessIdOf("$PID");
        Until.True(() => StandbyWorkers.Count == 0, "they are gone");
    }

    [Fact]
    public void A_setting_turns_them_off()
    {
        Environment.SetEnvironmentVariable(WorkerSettings.StandbyVariable, "0");
        ProcessIdOf("$PID");
        Assert.Equal(0, StandbyWorkers.Count);
    }

    [Fact]
    public void Removing_the_module_ends_them()
    {
        AwaitStandby();
        _shell.Run("Remove-Module ProcessTools");
        Assert.Equal(0, StandbyWorkers.Count);
    }

    private int ProcessIdOf(string script) => (int)Assert.Single(_shell.Run($"Start-WorkerProcess {{ {script} }} | Receive-Job -Wait")).BaseObject;

    private int[] AwaitStandby()
    {
        if (StandbyWorkers.Count == 0)
        {
            ProcessIdOf("$PID");
        }

        Until.True(() => StandbyWorkers.Count > 0, "a worker stands by", withinSeconds: 30);
        return Processes.Children(Environment.ProcessId);
    }
}

using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Sessions with pools that end in whatever way leave no process and no file.</summary>
[Trait("Platform", "portable")]
public sealed class PoolDeathTests : IDisposable
{
    // The promise: two seconds.
    private const double Seconds = 2;

    private const string BusyPool =
        "1..2 | Invoke-ProcessPool { $_ } | Out-Null; $own = 1 | Invoke-ProcessPool { $PID };"
        + "$pool = New-ProcessPool -Size 2; $q = New-ProcessQueue;"
        + "foreach ($i in 1..50) { $null = $pool.Submit({ param($q) $q.Put($PID); while ($true) { } }, $q) };"
        + "\"ids $($q.Get(60)) $($q.Get(60)) $own\"\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Workers_of_a_pool_end_within_two_seconds_of_their_sessions_sigkill()
    {
        int[] ids;
        using (SessionProcess session = NewSession(BusyPool + "Start-Sleep 600"))
        {
            ids = ReadIds(session);
            session.Kill();
            Until.True(() => !ids.Any(Processes.IsRunning), "the workers are gone", Seconds);
        }

        // The next session sweeps what the dead one left, and its own pools leave nothing.
        using SessionProcess next = NewSession("1..3 | Invoke-ProcessPool { $_ } | Out-Null; $p = New-ProcessPool -Size 1; $null = $p.Apply({ 1 }); Remove-ProcessPool $p; 'swept'");
        Assert.Equal(0, next.Complete().ExitCode);
        AwaitNoFiles();
    }

    [Fact]
    public void A_session_that_ends_normally_does_not_wait_for_the_work_of_its_pools()
    {
        using SessionProcess session = NewSession(BusyPool);
        int[] ids = ReadIds(session);
        Assert.Equal(0, session.Complete().ExitCode);
        Until.True(() => !ids.Any(Processes.IsRunning), "the workers are gone", Seconds);
    }

    [Fact]
    public void A_session_whose_pools_are_idle_leaves_nothing_when_it_ends()
    {
        using SessionProcess session = NewSession("$pool = New-ProcessPool -Size 2; $ids = @($pool.Map({ $PID }, 1..10)) + (1 | Invoke-ProcessPool { $PID }); \"ids $ids\"");
        int[] ids = ReadIds(session);
        Assert.Equal(0, session.Complete().ExitCode);
        Until.True(() => !ids.Any(Processes.IsRunning), "the workers are gone", Seconds);
        AwaitNoFiles();
    }

    [Fact]
    public void A_removed_pool_leaves_no_process_and_no_file_while_the_session_goes_on()
    {
        using SessionProcess session = NewSession(
            "$pool = New-ProcessPool -Size 2; $ids = $pool.Map({ $PID; Start-Sleep -Milliseconds 20 }, 1..20, 1); Remove-ProcessPool $pool;"
            + "\"ids $ids\"\nStart-Sleep 600",
            ("PROCESSTOOLS_STANDBY", "0"));
        int[] ids = ReadIds(session);
        Until.True(() => !ids.Any(Processes.IsRunning), "the workers are gone", 10);
        Until.True(() => Processes.Workers(session.Id).Length == 0, "no worker is left: " + string.Join(", ", Processes.Workers(session.Id)));
        Until.True(() => FilesOfThePool().Length == 0, "no file of the pool is left: " + string.Join(", ", FilesOfThePool()));
    }

    [Fact]
    public void The_workers_of_the_sessions_own_pool_leave_after_its_idle_time_and_come_back()
    {
        using SessionProcess session = NewSession(
            "$ids = 1 | Invoke-ProcessPool { $PID }; \"ids $ids\"; while ((Get-ProcessPool Default).Workers.Count -gt 0) { Start-Sleep -Milliseconds 20 };"
            + "$ids = 1 | Invoke-ProcessPool { $PID }; \"again $ids\"",
            ("PROCESSTOOLS_POOL_IDLE_SECONDS", "0.3"),
            ("PROCESSTOOLS_STANDBY", "0"));
        int first = Assert.Single(ReadIds(session));
        Assert.NotEqual($"again {first}", session.ReadLine("again "));
        Assert.Equal(0, session.Complete().ExitCode);
    }

    private static int[] ReadIds(SessionProcess session) => [.. session.ReadLine("ids ").Split(' ').Skip(1).Select(int.Parse).Distinct()];

    private SessionProcess NewSession(string script, params (string Name, string Value)[] environment) =>
        new(script, environment.Append(("PROCESSTOOLS_RUNTIME_FOLDER", Path.Combine(_folder.Path, "r"))).ToDictionary(entry => entry.Item1, string? (entry) => entry.Item2));

    private void AwaitNoFiles() => Until.True(() => Files().Length == 0, "the runtime folder is empty: " + string.Join(", ", Files()));

    private string[] Files() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);

    // A session whose workers may ask for its shared state has a file for it as long as it lives.
    private string[] FilesOfThePool() => [.. Files().Where(path => !Path.GetFileName(path).StartsWith("state-", StringComparison.Ordinal))];
}

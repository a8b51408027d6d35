using System.Management.Automation;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary><c>New-ProcessQueue -Path</c> and durable queues in scripts: what sessions, workers and pipelines do with them.</summary>
public sealed class DurableQueueCommandTests : ChannelTest
{
    private readonly TempFolder _folder = new();

    public DurableQueueCommandTests() => Shell.Run("$global:spool = $args[0]", Spool);

    private string Spool => Path.Combine(_folder.Path, "spool");

    [Fact]
    public void What_one_process_puts_another_gets_after_its_end()
    {
        // Program 9: a file in the middle.
        Assert.Equal(
            ["msg:message"],
            All(
                """
                $null = Start-WorkerProcess { param($spool) (New-ProcessQueue -Path $spool).Put('message') } -ArgumentList $spool | Receive-Job -Wait
                Start-WorkerProcess { param($spool) $q = New-ProcessQueue -Path $spool; "msg:$($q.Get(20))"; $q.TaskDone() } -ArgumentList $spool | Receive-Job -Wait
                """));
        Assert.Equal([0L, 0L], All("$q = New-ProcessQueue -Path $spool; $q.Count; $q.UnfinishedTasks"));
    }

    [Fact]
    public void Workers_that_were_given_it_share_its_items_and_each_item_is_done_once()
    {
        Assert.Equal(
            [.. Enumerable.Range(1, 200).Cast<object>()],
            All(
                """
                $q = New-ProcessQueue -Path $spool -Durability Normal
                $workers = @(
                    Start-WorkerProcess { param($q) Receive-ProcessMessage $q -UntilClosed | ForEach-Object { $_; $q.TaskDone() } } -ArgumentList $q
                    Start-WorkerProcess { Receive-ProcessMessage $using:q -UntilClosed | ForEach-Object { $_; ($using:q).TaskDone() } })
                1..200 | Send-ProcessMessage $q -Close
                $null = $workers | Wait-Job
                $q.Join(20) | ForEach-Object { if (-not $_) { throw 'not joined' } }
                $workers | ForEach-Object Output
                """).OrderBy(static number => (int)number!));
    }

    [Fact]
    public void An_item_in_a_killed_workers_hand_is_there_again_and_the_waiter_gets_it()
    {
        Assert.Equal(
            ["item", 0L],
            All(
                """
                $q = New-ProcessQueue -Path $spool
                $q.Put('item')
                $p = Start-WorkerProcess { $null = ($using:q).Get(); 'taken'; while ($true) { Start-Sleep -Milliseconds 100 } }
                while (-not $p.Output.Count) { $null = $p.Join(0.05) }
                $p.Kill()
                $q.Get(20)
                $q.TaskDone()
                $q.UnfinishedTasks
                """));
    }

    [Fact]
    public void A_path_is_that_of_the_session_and_the_folders_above_it_are_made()
    {
        object? path = One("$null = $ExecutionContext.SessionState.Path.SetLocation([IO.Path]::GetDirectoryName($spool)); (New-ProcessQueue -Path ./a/b/spool).Path");
        Assert.Equal(Path.Combine(_folder.Path, "a", "b", "spool"), path);
        Assert.True(File.Exists(Path.Combine(_folder.Path, "a", "b", "spool", "queue.db")));
    }

    [Fact]
    public void Settings_are_parameters_and_stay_in_the_folder()
    {
        Assert.Equal(
            [5L, TimeSpan.FromSeconds(2.5), 3, QueueDurability.Off],
            All("$q = New-ProcessQueue -Path $spool -Capacity 5 -LeaseSeconds 2.5 -MaxAttempt 3 -Durability Off; $q.Capacity; $q.LeaseTime; $q.MaxAttempts; $q.Durability; $q.Dispose()"));
        Assert.Equal(
            [5L, TimeSpan.FromSeconds(90), 3, QueueDurability.Full],
            All("$q = New-ProcessQueue -Path $spool -Lease ([timespan]::FromSeconds(90)); $q.Capacity; $q.LeaseTime; $q.MaxAttempts; $q.Durability"));
    }

    [Fact]
    public void A_lease_that_is_too_short_is_refused()
    {
        foreach (string lease in (string[])["0.05", "0"])
        {
            ErrorRecord error = Shell.TryRun($"New-ProcessQueue -Path $spool -LeaseSeconds {lease}").Errors[0];
            Assert.StartsWith("LeaseInvalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Spool));
    }

    [Fact]
    public void A_path_that_is_no_folder_of_a_disk_is_refused()
    {
        ErrorRecord error = Shell.TryRun("New-ProcessQueue -Path variable:spool").Errors[0];
        Assert.StartsWith("PathNotFileSystem,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        File.WriteAllText(Spool, "a file");
        AssertError<QueueStorageException>("QueueStorage", ErrorCategory.ResourceUnavailable, "New-ProcessQueue -Path $spool");
    }

    [Fact]
    public void WhatIf_makes_nothing()
    {
        Assert.Empty(All("New-ProcessQueue -Path $spool -WhatIf"));
        Assert.False(Directory.Exists(Spool));
    }

    [Fact]
    public void A_repair_is_a_warning_and_what_is_left_is_there()
    {
        Shell.Run("$q = New-ProcessQueue -Path $spool; 1..500 | ForEach-Object { $q.Put([byte[]]::new(2000)) }; $q.Dispose()");
        using (FileStream file = new(Path.Combine(Spool, "queue.db"), FileMode.Open))
        {
            file.SetLength(file.Length / 2 / 4096 * 4096);
        }

        object?[] results = All("$q = New-ProcessQueue -Path $spool -WarningVariable global:warned -WarningAction SilentlyContinue; $q.Count; \"$warned\"");
        Assert.InRange((long)results[0]!, 100, 400);
        Assert.Contains($"damaged. {results[0]} items could be read", (string)results[1]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wait_for_an_item_ends_when_the_pipeline_is_stopped_and_the_item_stays()
    {
        WorkerProcess worker = NewWorker("$global:q = New-ProcessQueue -Path $spool; Start-WorkerProcess { 'waits'; ($using:q).Get() }");
        AwaitIdle(worker);
        worker.StopJob();
        Assert.Equal(["item"], All("$q.Put('item'); $q.Get(20)"));
    }

    [Fact]
    public void An_item_at_which_a_pipeline_fails_goes_back_with_the_reason()
    {
        Assert.Equal(
            [1L, "the second", 0L, "bad: no good"],
            All(
                """
                $q = New-ProcessQueue -Path $spool -MaxAttempt 2
                $q.Put('bad')
                try { Receive-ProcessMessage $q -UntilClosed | ForEach-Object { throw "${_}: no good" } } catch { }
                $q.Count
                $q.Put('the second')
                try { Receive-ProcessMessage $q -AsRecord | ForEach-Object { throw "$($_.Message): no good" } } catch { }
                $q.Get(5)
                $q.TaskDone()
                $q.Count
                $q.DeadLetters.LastError
                """));
    }

    [Fact]
    public void An_item_whose_pipeline_wants_no_more_stays_in_hand()
    {
        Assert.Equal(
            ["item", 0L, 0L],
            All(
                """
                $q = New-ProcessQueue -Path $spool
                $q.Put('item')
                foreach ($once in 1) { Receive-ProcessMessage $q -UntilClosed | ForEach-Object { $_; break } }
                $q.Count
                $q.TaskDone()
                $q.UnfinishedTasks
                """));
    }

    [Fact]
    public void An_item_whose_pipeline_is_stopped_goes_back_at_once_and_has_not_been_tried()
    {
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        PSDataCollection<PSObject> output = [];
        shell.AddScript("$global:q = New-ProcessQueue -Path $spool -MaxAttempt 1; $q.Put('item'); Receive-ProcessMessage $q | ForEach-Object { $_; while ($true) { Start-Sleep -Milliseconds 10 } }");
        shell.BeginInvoke<PSObject, PSObject>(null, output);
        Until.True(() => output.Count > 0, "the item is in hand");
        shell.Stop();
        Assert.Equal(["item", 0L], All("$q.Get(5); $q.TaskDone(); $q.UnfinishedTasks"));
    }

    [Fact]
    public void It_can_be_waited_for_together_with_other_channels()
    {
        Assert.Equal(
            ["memory", "disk"],
            All(
                """
                $q, $m = (New-ProcessQueue -Path $spool), (New-ProcessQueue)
                $m.Put('memory')
                Receive-ProcessMessage $q, $m -TimeoutSeconds 20
                $null = Start-WorkerProcess { ($using:q).Put('disk') }
                Receive-ProcessMessage $m, $q -TimeoutSeconds 20
                """));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _folder.Dispose();
        }
    }
}

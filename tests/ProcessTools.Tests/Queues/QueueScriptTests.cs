using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>Queues as scripts use them, with real workers: what Python's Queue, SimpleQueue and JoinableQueue do.</summary>
public sealed class QueueScriptTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Program_3_one_worker_puts_a_message_and_another_gets_it()
    {
        PSObject result = Assert.Single(_shell.Run(
            "$queue = New-ProcessQueue; $null = Start-WorkerProcess { param($m) ($using:queue).Put($m) } -ArgumentList message; Start-WorkerProcess { \"msg:$(($using:queue).Get())\" } | Receive-Job -Wait"));
        Assert.Equal("msg:message", result.BaseObject);
    }

    [Theory]
    [InlineData("$null")]
    [InlineData("$false")]
    [InlineData("''")]
    [InlineData("0")]
    [InlineData(", @()")]
    [InlineData(", [byte[]]::new(0)")]
    [InlineData("@{ a = 1 }")]
    public void Every_object_is_an_item_even_none(string item)
    {
        object?[] seen = [.. _shell.Run($"$q = New-ProcessQueue; $q.Put(({item})); $q.Count; $x = 1; $q.TryGet([ref] $x); $null -eq $x; $q.Count").Select(static value => value.BaseObject)];
        Assert.Equal([1L, true, item == "$null", 0L], seen);
    }

    [Fact]
    public void Items_arrive_in_the_order_in_which_each_producer_put_them_and_each_once()
    {
        ShellResult result = _shell.TryRun(
            """
            $q = New-ProcessQueue -Capacity 50
            $producers = foreach ($name in 'a', 'b', 'c') { Start-WorkerProcess { param($name) for ($i = 0; $i -lt 500; $i++) { ($using:q).Put("$name$i") } } -ArgumentList $name }
            $consumers = foreach ($n in 1..2) { Start-WorkerProcess { Receive-ProcessMessage $using:q -UntilClosed } }
            $null = $producers | Receive-Job -Wait
            $q.Close()
            foreach ($c in $consumers) { , @(Receive-Job $c -Wait) }
            """);
        Assert.Empty(result.Errors);
        string[][] taken = [.. result.Output.Select(static list => ((object[])list.BaseObject).Select(static item => item.ToString()!).ToArray())];
        Assert.Equal(1500, taken.SelectMany(static list => list).Distinct().Count());
        Assert.Equal(1500, taken.Sum(static list => list.Length));
        foreach (IGrouping<char, string> group in taken.SelectMany(static list => list.GroupBy(static item => item[0])))
        {
            int[] numbers = [.. group.Select(static item => int.Parse(item.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Theory]
    [InlineData("0.25")]
    [InlineData("[timespan]::FromMilliseconds(250)")]
    public void A_get_waits_as_long_as_it_was_asked_to_and_no_less(string timeout)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ShellResult result = _shell.TryRun($"$q = New-ProcessQueue; try {{ $q.Get({timeout}) }} catch [ProcessTools.QueueEmptyException] {{ $_.Exception.ErrorId; $_.FullyQualifiedErrorId; $_.Exception.Category }}");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.249, 30);
        Assert.Equal(["QueueEmpty", "QueueEmptyException", ErrorCategory.OperationTimeout], result.Output.Select(static value => value.BaseObject));
    }

    [Fact]
    public void A_full_queue_blocks_producers_until_there_is_room()
    {
        object?[] seen = [.. _shell.Run(
            """
            $q = New-ProcessQueue -Capacity 2
            $q.Put(1); $q.Put(2, 5); $q.IsFull; $q.TryPut(3); $q.TryPut(3, 0.1)
            try { $q.Put(3, 0.1) } catch [ProcessTools.QueueFullException] { $_.Exception.ErrorId }
            $w = Start-WorkerProcess { ($using:q).Put(3); 'put' }
            $q.Get()
            Receive-Job $w -Wait
            $q.Get(), $q.Get(5)
            """).Select(static value => value.BaseObject)];
        Assert.Equal([true, false, false, "QueueFull", 1, "put", 2, 3], seen);
    }

    [Fact]
    public void Join_waits_until_every_item_is_reported_as_done()
    {
        object?[] seen = [.. _shell.Run(
            """
            $q = New-ProcessQueue
            1..20 | Send-ProcessMessage $q
            $q.UnfinishedTasks; $q.Join(0.1)
            $w = Start-WorkerProcess { while ($true) { $n = ($using:q).Get(); ($using:q).TaskDone() } }
            $q.Join(); $q.Join(1); $q.UnfinishedTasks
            try { $q.TaskDone() } catch [ProcessTools.TaskDoneException] { $_.Exception.ErrorId }
            $w.Kill()
            """).Select(static value => value.BaseObject)];
        Assert.Equal([20L, false, true, 0L, "TaskDone"], seen);
    }

    [Fact]
    public void Join_says_so_when_what_it_waits_for_went_to_the_dead()
    {
        object?[] seen = [.. _shell.Run(
            """
            $q = New-ProcessQueue; $ready = New-ProcessQueue
            1..3 | Send-ProcessMessage $q
            $w = Start-WorkerProcess { $null = ($using:q).Get(); ($using:q).TaskDone(); $null = ($using:q).Get(); ($using:ready).Put(1); [Threading.Thread]::Sleep(-1) }
            $null = $ready.Get(); $null = $q.Get(); $q.TaskDone()
            $q.Join(0.3)
            $w.Kill()
            try { $q.Join(30) } catch [ProcessTools.TasksLostException] { $_.Exception.ErrorId }
            """).Select(static value => value.BaseObject)];
        Assert.Equal([false, "TasksLost"], seen);
    }

    [Fact]
    public void A_closed_queue_refuses_producers_and_is_drained_by_consumers()
    {
        object?[] seen = [.. _shell.Run(
            """
            $q = New-ProcessQueue
            $waiting = Start-WorkerProcess { try { ($using:q).Get() } catch [ProcessTools.QueueClosedException] { $_.Exception.ErrorId } }
            $full = New-ProcessQueue -Capacity 1; $full.Put(1)
            $blocked = Start-WorkerProcess { try { ($using:full).Put(2) } catch [ProcessTools.QueueClosedException] { 'refused' } }
            while ($blocked.JobStateInfo.State -ne 'Running' -or $waiting.JobStateInfo.State -ne 'Running') { [Threading.Thread]::Sleep(5) }
            $full.Close(); $q.Close()
            Receive-Job $waiting -Wait; Receive-Job $blocked -Wait
            $full.IsClosed; $full.Get()
            foreach ($call in { $full.Get() }, { $full.TryGet([ref] $null) }, { $full.Put(1) }, { $full.TryPut(1) }) { try { & $call } catch [ProcessTools.QueueClosedException] { 'closed' } }
            """).Select(static value => value.BaseObject)];
        Assert.Equal(["QueueClosed", "refused", true, 1, "closed", "closed", "closed", "closed"], seen);
    }

    [Fact]
    public void Processes_meet_by_a_name_whatever_its_case()
    {
        string name = $"meet {Guid.NewGuid()} ü/x";
        object?[] seen = [.. _shell.Run(
            """
            param($name)
            $q = New-ProcessQueue $name -Capacity 10
            $w = Start-WorkerProcess { param($name) $q = New-ProcessQueue $name.ToUpperInvariant(); $q.Put($q.Get() + 1); $q.Capacity } -ArgumentList $name
            $q.Put(1)
            Receive-Job $w -Wait
            $q.Get(); $q.Name -eq $name; [object]::ReferenceEquals($q, (New-ProcessQueue $name))
            try { New-ProcessQueue $name -Capacity 11 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
            while ([IO.Directory]::Exists("/proc/$($w.ProcessId)")) { [Threading.Thread]::Sleep(5) }
            $q.Dispose(); (New-ProcessQueue $name).Capacity
            """, name).Select(static value => value?.BaseObject)];
        Assert.Equal([10L, 2, true, true, "QueueMismatch,ProcessTools.Commands.NewProcessQueueCommand", null], seen);
    }

    [Fact]
    public void A_name_whose_holders_were_all_killed_is_a_new_queue()
    {
        string name = $"killed {Guid.NewGuid()}";
        object?[] seen = [.. _shell.Run(
            """
            param($name)
            $w = Start-WorkerProcess { param($name) $q = New-ProcessQueue $name; $q.Put('old'); 'ready'; [Threading.Thread]::Sleep(-1) } -ArgumentList $name
            while (-not $w.Output.Count) { [Threading.Thread]::Sleep(5) }
            $w.Kill(); $w.Join()
            (New-ProcessQueue $name).Count
            """, name).Select(static value => value.BaseObject)];
        Assert.Equal([0L], seen);
    }

    [Fact]
    public void Two_hundred_million_bytes_without_a_reader_are_kept()
    {
        Assert.Equal(
            [2000L, true],
            _shell.Run(
                """
                $q = New-ProcessQueue; $block = [byte[]]::new(100000)
                for ($i = 0; $i -lt 2000; $i++) { $block[7] = $i % 251; $q.Put($block) }
                $q.Count
                $same = $true
                for ($i = 0; $i -lt 2000; $i++) { $got = $q.Get(); $same = $same -and $got[7] -eq $i % 251 -and $got.Length -eq 100000 }
                $same
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void A_gibibyte_is_one_message()
    {
        Assert.SkipUnless(MachineMemory.Available > 6L << 30, "The machine has less than 6 GiB of memory left.");
        Assert.Equal(
            [1L << 30, (byte)7, (byte)9],
            _shell.Run("$q = New-ProcessQueue; $b = [byte[]]::new(1GB); $b[0] = 7; $b[-1] = 9; $q.Put($b); $b = $null; $got = $q.Get(); [long] $got.Length; $got[0]; $got[-1]").Select(static value => value.BaseObject));
    }

    [Fact]
    public void One_item_that_cannot_travel_leaves_the_queue_as_it_was()
    {
        ShellResult result = _shell.TryRun(
            "$q = New-ProcessQueue; $cycle = @{}; $cycle.me = $cycle; try { $q.Put($cycle) } catch [ProcessTools.NotSerializableException] { 'refused' }; 1, $cycle, 3 | Send-ProcessMessage $q; $q.Get(); $q.Get(); $q.Count");
        Assert.Equal(["refused", 1, 3, 0L], result.Output.Select(static value => value.BaseObject));
        Assert.StartsWith("NotSerializable,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_killed_while_it_waits_holds_up_nobody()
    {
        object?[] seen = [.. _shell.Run(
            """
            $q = New-ProcessQueue
            $workers = foreach ($n in 1..3) { Start-WorkerProcess { while ($true) { "got $(($using:q).Get())" } } }
            while (@($workers | Where-Object { $_.JobStateInfo.State -eq 'Running' }).Count -lt 3) { [Threading.Thread]::Sleep(5) }
            $workers[0].Kill(); $workers[1].Kill()
            $q.Put(1); $q.Put(2)
            while ($workers[2].Output.Count -lt 2) { [Threading.Thread]::Sleep(5) }
            $q.Count
            """).Select(static value => value.BaseObject)];
        Assert.Equal([0L], seen);
    }

    [Fact]
    public void A_queue_outlives_the_process_that_made_it()
    {
        object?[] seen = [.. _shell.Run(
            """
            $maker = Start-WorkerProcess { $q = New-ProcessQueue; 1..1000 | Send-ProcessMessage $q; $q }
            $q = Receive-Job $maker -Wait
            $maker.Join(); $q.Count; $q.Get(); $q.Put('x'); $q.Count
            """).Select(static value => value.BaseObject)];
        Assert.Equal([1000L, 1, 1000L], seen);
    }

    [Fact]
    public void WhatIf_makes_nothing_and_a_capacity_of_nothing_is_refused()
    {
        Assert.Empty(_shell.Run("New-ProcessQueue -WhatIf; New-ProcessPipe -WhatIf"));
        Assert.StartsWith("ParameterArgumentValidationError", Assert.Single(_shell.TryRun("New-ProcessQueue -Capacity 0").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Single(_shell.TryRun("(New-ProcessQueue).Get(-2)").Errors);
    }
}

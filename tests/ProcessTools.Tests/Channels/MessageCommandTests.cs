using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Channels;

/// <summary>Send-ProcessMessage and Receive-ProcessMessage, and how every wait gives way to Ctrl+C.</summary>
public sealed class MessageCommandTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Receiving_from_several_gives_what_comes_first_from_whichever()
    {
        Assert.Equal(
            ["late", "Queue", 1, 2],
            _shell.Run(
                """
                $q = New-ProcessQueue; $a, $b = New-ProcessPipe
                $null = Start-WorkerProcess { ($using:q).Put('late') }
                $record = Receive-ProcessMessage $b, $q -AsRecord -TimeoutSeconds 30
                $record.Message; if ($record.Channel -eq $q) { 'Queue' } else { 'Pipe' }
                $a.Send(1); $q.Put(2)
                Receive-ProcessMessage $b, $q -Count 2
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void Until_closed_takes_everything_from_all_and_ends_without_an_error()
    {
        object?[] seen = [.. _shell.Run(
            """
            $q = New-ProcessQueue; $a, $b = New-ProcessPipe -OneWay
            $one = Start-WorkerProcess { 1..300 | Send-ProcessMessage $using:q -Close }
            $two = Start-WorkerProcess { 301..400 | Send-ProcessMessage $using:a }
            $all = $q, $b | Receive-ProcessMessage -UntilClosed
            $all.Count; ($all | Sort-Object -Unique).Count
            """.Replace("($all | Sort-Object -Unique).Count", "[Linq.Enumerable]::Count([Linq.Enumerable]::Distinct([object[]] $all))", StringComparison.Ordinal)).Select(static value => value.BaseObject)];
        Assert.Equal([400, 400], seen);
    }

    [Fact]
    public void When_the_time_is_over_or_the_channels_are_there_is_an_error_that_says_so()
    {
        ShellResult result = _shell.TryRun(
            """
            $q = New-ProcessQueue; $a, $b = New-ProcessPipe
            Receive-ProcessMessage $q -TimeoutSeconds 0.1; Receive-ProcessMessage $q, $b -TimeoutSeconds 0.1
            $q.Put(1); $q.Close(); Receive-ProcessMessage $q -Count 2; $a.Close(); Receive-ProcessMessage $b
            2 | Send-ProcessMessage $q
            """);
        Assert.Equal(1, Assert.Single(result.Output).BaseObject);
        Assert.Equal(
            ["MessageTimeout", "MessageTimeout", "QueueClosed", "PipeClosed", "QueueClosed"],
            result.Errors.Select(static error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void A_full_channel_is_an_error_for_each_message_that_found_no_room()
    {
        ShellResult result = _shell.TryRun("$q = New-ProcessQueue -Capacity 1; 1..3 | Send-ProcessMessage $q -TimeoutSeconds 0.1; $q.Count");
        Assert.Equal(1L, Assert.Single(result.Output).BaseObject);
        Assert.Equal(["QueueFull", "QueueFull"], result.Errors.Select(static error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal([2, 3], result.Errors.Select(static error => ((PSObject)error.TargetObject).BaseObject));
    }

    [Theory]
    [InlineData("$q.Get()")]
    [InlineData("$full.Put(2)")]
    [InlineData("$b.Receive()")]
    [InlineData("$b.Poll(60)")]
    [InlineData("$full.Join()")]
    [InlineData("Receive-ProcessMessage $q")]
    [InlineData("Receive-ProcessMessage $q, $b -UntilClosed")]
    [InlineData("1, 2 | Send-ProcessMessage $full")]
    public void Every_wait_gives_way_to_a_stop_within_a_fifth_of_a_second(string wait)
    {
        ProcessQueue began = (ProcessQueue)_shell.Run(
            "$q = New-ProcessQueue; $full = New-ProcessQueue -Capacity 1; $full.Put(1); $a, $b = New-ProcessPipe; $began = New-ProcessQueue; $began").Single().BaseObject;
        TimeSpan best = TimeSpan.MaxValue;

        // The best of a few: a machine that is busy elsewhere is late for everything.
        for (int attempt = 0; attempt < 5 && best.TotalSeconds > 0.2; attempt++)
        {
            using PowerShell shell = PowerShell.Create(_shell.Runspace);
            shell.AddScript($"$began.Put(1); {wait}; 'not stopped'");
            PSDataCollection<PSObject> output = [];
            IAsyncResult call = shell.BeginInvoke<PSObject, PSObject>(null, output);
            began.Get(30);

            // Some time asleep, as a user's patience has it.
            Until.True(() => shell.InvocationStateInfo.State == PSInvocationState.Running, "it runs");
            Assert.False(call.AsyncWaitHandle.WaitOne(150), "It did not wait.");
            Stopwatch clock = Stopwatch.StartNew();
            shell.Stop();
            best = clock.Elapsed < best ? clock.Elapsed : best;
            Assert.Empty(output);
        }

        Assert.InRange(best.TotalSeconds, 0, 0.2);
    }

    [Fact]
    public void Handles_travel_as_arguments_using_values_properties_and_messages()
    {
        Assert.Equal(
            [1, 2, 3, 4, "reply to x"],
            _shell.Run(
                """
                $q = New-ProcessQueue; $carrier = New-ProcessQueue
                Start-WorkerProcess { param($queue) $queue.Put(1) } -ArgumentList $q | Receive-Job -Wait
                Start-WorkerProcess { ($using:q).Put(2) } | Receive-Job -Wait
                Start-WorkerProcess { param($options) $options.Target.Queue.Put(3) } -ArgumentList @{ Target = [pscustomobject] @{ Queue = $q } } | Receive-Job -Wait
                $carrier.Put(@{ Queue = $q })
                Start-WorkerProcess { ($using:carrier).Get().Queue.Put(4) } | Receive-Job -Wait
                1..4 | ForEach-Object { $q.Get() }
                # A request that carries the way back.
                $w = Start-WorkerProcess { $request = ($using:q).Get(); $request.Reply.Send("reply to $($request.Text)") }
                $a, $b = New-ProcessPipe
                $q.Put([pscustomobject] @{ Text = 'x'; Reply = $b })
                $a.Receive()
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void A_handle_arrives_although_its_sender_has_left_and_no_one_else_holds_it()
    {
        Assert.Equal(
            ["kept", "sent", "PipeClosed"],
            _shell.Run(
                """
                $carrier = New-ProcessQueue
                Start-WorkerProcess {
                    $inner = New-ProcessQueue; $inner.Put('kept'); $a, $b = New-ProcessPipe; $a.Send('sent')
                    ($using:carrier).Put(@{ Inner = $inner; End = $b })
                } | Receive-Job -Wait
                $message = $carrier.Get()
                $message.Inner.Get(); $message.End.Receive()
                try { $message.End.Receive() } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId }
                """).Select(static value => value.BaseObject));
    }

    [Fact]
    public void A_handle_that_comes_home_is_the_same_object()
    {
        Assert.Equal(
            [true, true],
            _shell.Run("$q = New-ProcessQueue; $q.Put($q); [object]::ReferenceEquals($q, $q.Get()); $a, $b = New-ProcessPipe; $a.Send($b); $c = $b.Receive(); [object]::ReferenceEquals($b, $c)")
                .Select(static value => value.BaseObject));
    }

    [Fact]
    public void Nothing_is_left_when_the_last_holder_lets_go()
    {
        string[] ids = [.. _shell.Run(
            """
            $q = New-ProcessQueue; for ($i = 0; $i -lt 20; $i++) { $q.Put([byte[]]::new(100000)) }
            $a, $b = New-ProcessPipe; $q.Put($b)
            Start-WorkerProcess { $null = ($using:q).Get(); $null = ($using:a).Poll() } | Receive-Job -Wait
            $q.Id; $a.Id.Substring(0, $a.Id.Length - 2)
            $q.Dispose(); $a.Dispose(); $b.Dispose()
            """).Select(static value => (string)value.BaseObject)];
        foreach (string id in ids)
        {
            Until.True(() => Directory.GetFiles(ProcessTools.Engine.Memory.RuntimeFolder.Path, id + "*").Length == 0, $"the files of {id} are gone");
        }
    }
}

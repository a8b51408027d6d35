using System.Diagnostics;
using System.Management.Automation;
using Xunit;

namespace ProcessTools.Tests.Channels;

/// <summary>Ctrl+C and Stop-Job end every wait at once, in commands and in methods, and leave the channels as they were.</summary>
[Trait("Platform", "portable")]
public sealed class StopTests : ChannelTest
{
    private const string Full = "$q = New-ProcessQueue -Capacity 1; $q.Put(1); ";
    private const string FullPipe = "$a, $b = New-ProcessPipe; $big = [byte[]]::new(100000); try { while ($true) { $a.Send($big, 0) } } catch [ProcessTools.MessageTimeoutException] { }; ";

    [Theory]
    [InlineData("$q = New-ProcessQueue; $ready.Set(); Receive-ProcessMessage $q")]
    [InlineData("$q = New-ProcessQueue; $ready.Set(); Receive-ProcessMessage $q -UntilClosed | ForEach-Object { $_ }")]
    [InlineData("$a, $b = New-ProcessPipe; $ready.Set(); Receive-ProcessMessage $b -TimeoutSeconds 60")]
    [InlineData("$a, $b = New-ProcessPipe; $q = New-ProcessQueue; $ready.Set(); Receive-ProcessMessage $q, $b")]
    [InlineData(Full + "$ready.Set(); 2, 3 | Send-ProcessMessage $q")]
    [InlineData(FullPipe + "$ready.Set(); $big | Send-ProcessMessage $a; while ($true) { , $big | Send-ProcessMessage $a }")]
    [InlineData("$q = New-ProcessQueue; $ready.Set(); $q.Get()")]
    [InlineData("$q = New-ProcessQueue; $x = 0; $ready.Set(); $q.TryGet([ref] $x, 60)")]
    [InlineData(Full + "$ready.Set(); $q.Put(2)")]
    [InlineData(Full + "$ready.Set(); $q.TryPut(2, 60)")]
    [InlineData(Full + "$ready.Set(); $q.Join()")]
    [InlineData("$a, $b = New-ProcessPipe; $ready.Set(); $b.Receive()")]
    [InlineData("$a, $b = New-ProcessPipe; $ready.Set(); $b.ReceiveBytes()")]
    [InlineData("$a, $b = New-ProcessPipe; $ready.Set(); $b.ReceiveBytesInto([byte[]]::new(5))")]
    [InlineData("$a, $b = New-ProcessPipe; $ready.Set(); $b.Poll(60)")]
    [InlineData(FullPipe + "$ready.Set(); $a.Send($big)")]
    [InlineData(FullPipe + "$ready.Set(); $a.SendBytes($big)")]
    [InlineData("$q = New-ProcessQueue; $ready.Set(); 1 | ForEach-Object { try { $q.Get() } catch { } finally { } }")]
    public void Ctrl_C_ends_a_wait_within_a_fifth_of_a_second(string script)
    {
        List<double> milliseconds = [];
        for (int round = 0; round < 5; round++)
        {
            using ManualResetEventSlim ready = new();
            using PowerShell shell = PowerShell.Create(Shell.Runspace);
            shell.AddScript("param($ready) " + script).AddArgument(ready);
            IAsyncResult call = shell.BeginInvoke();
            Assert.True(ready.Wait(30_000), "The script did not get there.");

            // Whether it waits already or is just about to: both must end.
            Assert.False(call.AsyncWaitHandle.WaitOne(50 * round));
            Stopwatch clock = Stopwatch.StartNew();
            shell.Stop();
            milliseconds.Add(clock.Elapsed.TotalMilliseconds);
            Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        }

        // The median, since others use the processor too.
        Assert.InRange(milliseconds.Order().ElementAt(2), 0, 200);
        Assert.InRange(milliseconds.Max(), 0, 2000);
    }

    [Fact]
    public void After_Ctrl_C_the_queue_is_as_it_was()
    {
        Shell.Run("$global:q = New-ProcessQueue -Capacity 1; $q.Put(1)");
        foreach (string script in new[] { "$ready.Set(); $q.Put(2)", "$ready.Set(); 2 | Send-ProcessMessage $q" })
        {
            Stop(script);
            Assert.Equal([1L, 1L], All("$q.Count; $q.UnfinishedTasks"));
        }

        Assert.Equal([1], All("$q.Get()"));
        foreach (string script in new[] { "$ready.Set(); $q.Get()", "$ready.Set(); Receive-ProcessMessage $q" })
        {
            Stop(script);
            Assert.Equal([true, "next"], All("$q.TryPut('next', 5); $q.Get(5)"));
        }
    }

    [Fact]
    public void Stop_Job_ends_a_worker_that_waits_without_a_kill()
    {
        ProcessQueue queue = NewQueue();
        foreach (string wait in new[] { "($using:q).Get()", "Receive-ProcessMessage $using:q" })
        {
            WorkerProcess worker = NewWorker($"param($q) Start-WorkerProcess {{ try {{ 'ready'; {wait} }} finally {{ [Console]::Out.Flush() }} }} -GraceSeconds 60", queue);
            AwaitIdle(worker);
            Stopwatch clock = Stopwatch.StartNew();
            Shell.Run("param($w) Stop-Job $w", worker);
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
            Assert.Equal(JobState.Stopped, worker.JobStateInfo.State);
        }

        queue.Put(1);
        Assert.Equal(1, queue.Get(5));
    }

    private void Stop(string script)
    {
        using ManualResetEventSlim ready = new();
        using PowerShell shell = PowerShell.Create(Shell.Runspace);
        shell.AddScript("param($ready) " + script).AddArgument(ready);
        IAsyncResult call = shell.BeginInvoke();
        Assert.True(ready.Wait(30_000));
        Assert.False(call.AsyncWaitHandle.WaitOne(100));
        shell.Stop();
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
    }
}

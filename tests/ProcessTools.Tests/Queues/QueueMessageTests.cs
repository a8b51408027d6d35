using System.Management.Automation;
using System.Security.Cryptography;
using ProcessTools.Tests.Channels;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Queues;

/// <summary>What can be put into a queue, small and large, and what comes out in another process.</summary>
public sealed class QueueMessageTests : ChannelTest
{
    [Fact]
    public void Nothing_false_and_empty_things_are_items()
    {
        ProcessQueue queue = NewQueue();
        WorkerProcess worker = NewWorker(
            """
            param($queue)
            Start-WorkerProcess {
                $q = $using:queue
                $q.Put($null); $q.Put($false); $q.Put(''); $q.Put(@()); $q.Put([byte[]]::new(0)); $q.Put(@{}); $q.Put([int[]]@()); $q.Put(0); $q.Put([datetime]::MinValue)
            }
            """,
            queue);
        AwaitEnd(worker);
        Assert.Equal(9, queue.Count);
        Assert.Null(queue.Get(0));
        Assert.False((bool)Bare(queue.Get(0))!);
        Assert.Equal(string.Empty, Bare(queue.Get(0)));
        Assert.Empty(Assert.IsType<object[]>(Bare(queue.Get(0))));
        Assert.Empty(Assert.IsType<byte[]>(Bare(queue.Get(0))));
        Assert.Empty((System.Collections.IDictionary)Bare(queue.Get(0))!);
        Assert.Empty(Assert.IsType<int[]>(Bare(queue.Get(0))));
        Assert.Equal(0, Bare(queue.Get(0)));
        Assert.Equal(DateTime.MinValue, Bare(queue.Get(0)));
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Objects_arrive_as_what_they_were()
    {
        ProcessQueue queue = NewQueue();
        AwaitEnd(NewWorker(
            """
            param($queue)
            Start-WorkerProcess {
                ($using:queue).Put([pscustomobject]@{ PSTypeName = 'My.Type'; N = 1; L = @(1, 'two', 3.5); H = [ordered]@{ b = 2; a = 1 }; V = [version] '1.2'; D = [DayOfWeek]::Friday })
                ($using:queue).Put([int[]](1, 2, 3))
                ($using:queue).Put({ param($x) $x * 2 })
                ($using:queue).Put([bigint]::Pow(2, 100))
            }
            """,
            queue));
        PSObject item = PSObject.AsPSObject(queue.Get(0)!);
        Assert.Equal("My.Type", item.TypeNames[0]);
        Assert.Equal(["N", "L", "H", "V", "D"], item.Properties.Select(property => property.Name));
        Assert.Equal([1, "two", 3.5], ((object[])item.Properties["L"].Value).Select(Bare));
        Assert.Equal(["b", "a"], ((System.Collections.IDictionary)Bare(item.Properties["H"].Value)!).Keys.Cast<object>());
        Assert.Equal(new Version(1, 2), Bare(item.Properties["V"].Value));
        Assert.Equal(DayOfWeek.Friday, Bare(item.Properties["D"].Value));
        Assert.Equal([1, 2, 3], Assert.IsType<int[]>(Bare(queue.Get(0))));
        Assert.Equal(42, Shell.Run("param($s) & $s 21", Assert.IsType<ScriptBlock>(Bare(queue.Get(0))))[0].BaseObject);
        Assert.Equal(System.Numerics.BigInteger.Pow(2, 100), Bare(queue.Get(0)));
    }

    [Fact]
    public void An_item_is_a_copy_as_of_when_it_was_put()
    {
        Assert.Equal(
            [1, 2],
            All("$q = New-ProcessQueue; $h = @{ n = 1 }; $q.Put($h); $h.n = 2; $q.Get().n; $h.n"));
    }

    [Fact]
    public void An_array_is_one_item_and_stays_whole()
    {
        Assert.Equal([1L, 3, 1L, 2], All("$q = New-ProcessQueue; $q.Put((1, 2, 3)); $q.Count; $a = $q.Get(); $a.Count; $q.Put((, (1, 2))); $q.Count; $b = $q.Get(); $b[0].Count"));
    }

    [Fact]
    public void Bytes_go_there_and_back_unchanged()
    {
        ProcessQueue there = NewQueue();
        ProcessQueue back = NewQueue();
        WorkerProcess worker = NewWorker(
            "param($there, $back) Start-WorkerProcess { param($from, $to) foreach ($n in 1..27) { $to.Put($from.Get()) } } -ArgumentList $there, $back", there, back);
        foreach (int length in new[] { 0, 1, 1023, 65_536, 262_143, 262_144, 262_145, 1_048_576, 16_777_216 })
        {
            foreach (int seed in Enumerable.Range(1, 3))
            {
                byte[] bytes = new byte[length];
                new Random(seed).NextBytes(bytes);
                there.Put(bytes);
                Assert.Equal(bytes, Assert.IsType<byte[]>(Bare(back.Get(60))));
            }
        }

        AwaitEnd(worker);
    }

    [Fact]
    public void Long_text_arrives_unchanged()
    {
        ProcessQueue queue = NewQueue();
        string text = string.Concat(Enumerable.Repeat("grüße 😀\0\n", 300_000));
        WorkerProcess worker = NewWorker("param($q) Start-WorkerProcess { $t = ($using:q).Get(); ($using:q).Put($t + '!') }", queue);
        queue.Put(text);
        AwaitEnd(worker);
        Assert.Equal(text + "!", Bare(queue.Get(0)));
    }

    [Fact]
    public void Two_hundred_million_bytes_wait_without_a_reader_and_their_writer_may_end()
    {
        ProcessQueue queue = NewQueue();
        AwaitEnd(NewWorker(
            "param($q) Start-WorkerProcess { $b = [byte[]]::new(1000000); foreach ($n in 0..199) { [array]::Fill($b, [byte] $n); ($using:q).Put($b); ($using:q).Put($n) } }", queue));
        Assert.Equal(400, queue.Count);
        for (int n = 0; n < 200; n++)
        {
            byte[] bytes = Assert.IsType<byte[]>(Bare(queue.Get(0)));
            Assert.Equal(1_000_000, bytes.Length);
            Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)n));
            Assert.Equal(n, Bare(queue.Get(0)));
        }

        Assert.True(queue.IsEmpty);
    }

    // Needs memory and time that not every machine has: -trait- "Size=GiB" leaves it out.
    [Fact]
    [Trait("Size", "GiB")]
    public void A_message_of_one_gibibyte_arrives_and_a_longer_one_is_refused()
    {
        const int GiB = 1 << 30;
        Assert.SkipWhen(AvailableMemory() < 8L * GiB, "There is not enough memory for a message of 1 GiB in two processes.");
        ProcessQueue queue = NewQueue();
        WorkerProcess worker = NewWorker(
            "param($q) Start-WorkerProcess { $b = ($using:q).Get(); \"$($b.GetType().Name) $($b.Length) $([Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($b)))\" }", queue);
        byte[] bytes = new byte[GiB];
        new Random(1).NextBytes(bytes.AsSpan(0, 1 << 20));
        new Random(2).NextBytes(bytes.AsSpan(GiB - (1 << 20)));
        queue.Put(bytes);
        Assert.Equal($"Byte[] {GiB} {Convert.ToHexString(SHA256.HashData(bytes))}", ResultOf(worker));
        Assert.Throws<NotSerializableException>(() => queue.Put(new byte[GiB + (1 << 25)]));
        Assert.True(queue.IsEmpty);
        queue.Put("still works");
        Assert.Equal("still works", queue.Get(0));
    }

    [Fact]
    public void Beyond_the_memory_that_it_may_use_a_queue_goes_to_files_that_are_gone_afterwards()
    {
        using TempFolder temp = new();
        using SessionProcess session = new(
            """
            $q = New-ProcessQueue
            $b = [byte[]]::new(100000)
            foreach ($n in 0..199) { $b[99999] = $n; $q.Put($b) }
            $files = [IO.Directory]::GetFiles($env:TMPDIR, '*.ring', 'AllDirectories')
            $size = 0L
            foreach ($file in $files) { $size += [IO.FileInfo]::new($file).Length }
            "spilled $($size -gt 10000000)"
            $good = 0
            foreach ($n in 0..199) { $b = $q.Get(0); if ($b.Length -eq 100000 -and $b[99999] -eq $n) { $good++ } }
            "good $good"
            $q.Dispose()
            "left $([IO.Directory]::GetFiles($env:TMPDIR, '*.ring', 'AllDirectories').Count)"
            """,
            new Dictionary<string, string?> { ["TMPDIR"] = temp.Path, ["PROCESSTOOLS_QUEUE_MEMORY"] = "2000000" });
        (int exitCode, string output, string error) = session.Complete();
        Assert.True(exitCode == 0, error);
        Assert.Equal(["spilled True", "good 200", "left 0"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static object? Bare(object? item) => item is PSObject wrapped ? wrapped.BaseObject : item;

    private static long AvailableMemory()
    {
        string line = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Transport;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Transport;

/// <summary>A connection between this process and a real other one.</summary>
[Trait("Platform", "portable")]
public sealed class SharedMemoryConnectionTests : IDisposable
{
    private const int Ring = 64 * 1024;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly SharedMemoryConnection _connection = SharedMemoryConnection.Create(new SharedMemoryConnectionOptions { RingCapacity = Ring });

    public void Dispose()
    {
        string address = _connection.Address;
        _connection.Dispose();
        Assert.False(File.Exists(address), "The segment's file is gone.");
    }

    [Fact]
    public void Frames_of_every_size_around_the_rings_boundaries_come_back_as_they_were()
    {
        using PeerProcess peer = Start("echo");
        Random random = new(1);
        foreach (int size in new[] { 0, 1, 2, 3, 4, 5, 31, 4096, Ring - 9, Ring - 8, Ring - 5, Ring - 4, Ring - 3, Ring - 1, Ring, Ring + 1, (2 * Ring) + 7, 10 * Ring })
        {
            byte[] frame = new byte[size];
            random.NextBytes(frame);
            Exchange(frame);
        }

        for (int round = 0; round < 20_000; round++)
        {
            byte[] frame = new byte[random.Next(300)];
            random.NextBytes(frame);
            Exchange(frame);
        }
    }

    [Fact]
    public void A_frame_of_one_gibibyte_passes()
    {
        using PeerProcess peer = Start("echo");
        byte[] frame = GC.AllocateUninitializedArray<byte>(1 << 30);
        Random random = new(2);
        random.NextBytes(frame.AsSpan(0, 1 << 20));
        frame.AsSpan(0, 1 << 20).CopyTo(frame.AsSpan(frame.Length - (1 << 20)));

        // The peer sends only when it has received all, so one thread is enough.
        _connection.Send(frame);
        Assert.Equal(ReceiveStatus.Received, _connection.TryReceive(out ReceivedFrame? received, TimeSpan.FromSeconds(60)));
        using (received)
        {
            Assert.Equal(frame.Length, received!.Memory.Length);
            Assert.True(received.Memory.Span.SequenceEqual(frame));
        }
    }

    [Fact]
    public void Frames_arrive_in_order_and_whole_and_then_the_end_of_file()
    {
        const int Count = 5000;
        using PeerProcess peer = Start("produce", Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Count, ReceiveAll());
        Assert.Null(_connection.Receive());
    }

    [Fact]
    public void Frames_of_several_senders_are_never_mixed()
    {
        using PeerProcess peer = Start("echo");
        Thread[] senders = [.. Enumerable.Range(0, 4).Select(id => new Thread(() =>
        {
            for (int number = 0; number < 500; number++)
            {
                byte[] frame = new byte[1 + (number * 37 % 5000)];
                frame.AsSpan().Fill((byte)id);
                _connection.Send(frame);
            }
        }))];
        foreach (Thread sender in senders)
        {
            sender.Start();
        }

        for (int i = 0; i < 4 * 500; i++)
        {
            using ReceivedFrame frame = _connection.Receive()!;
            byte first = frame.Memory.Span[0];
            Assert.False(frame.Memory.Span.ContainsAnyExcept(first));
        }

        foreach (Thread sender in senders)
        {
            sender.Join();
        }
    }

    [Fact]
    public void A_peer_killed_while_it_is_silent_is_the_end_of_file_at_once()
    {
        using PeerProcess peer = Start("silent");
        Stopwatch clock = Stopwatch.StartNew();
        ThreadPool.QueueUserWorkItem(_ => peer.Kill());
        Assert.Null(_connection.Receive());
        Assert.True(clock.ElapsedMilliseconds < 500, $"It took {clock.ElapsedMilliseconds} ms.");
        Assert.False(_connection.IsPeerAlive);
    }

    [Fact]
    public void A_peer_killed_while_we_wait_for_room_is_an_error()
    {
        using PeerProcess peer = Start("silent");
        using Timer kill = new(_ => peer.Kill(), null, 200, Timeout.Infinite);
        Assert.Throws<ConnectionLostException>(() => _connection.Send(new byte[10 * Ring]));
        Assert.Throws<ConnectionLostException>(() => _connection.Send([1]));
    }

    [Fact]
    public void A_peer_killed_while_it_sends_leaves_only_whole_frames()
    {
        for (int round = 0; round < 30; round++)
        {
            using SharedMemoryConnection connection = SharedMemoryConnection.Create(new SharedMemoryConnectionOptions { RingCapacity = Ring });
            using PeerProcess peer = new("flood", connection.Address);
            connection.AttachPeer(ProcessIdentity.TryGet(peer.Id)!.Value);
            peer.AwaitReady();
            int killAfter = round * 7;
            int next = 0;
            while (connection.TryReceive(out ReceivedFrame? frame, s_limit) == ReceiveStatus.Received)
            {
                using (frame)
                {
                    Check(frame!, next++);
                }

                if (next == killAfter + 1)
                {
                    peer.Kill();
                }
            }

            Assert.True(next > killAfter);
        }
    }

    [Fact]
    public void A_stopped_peer_only_delays()
    {
        const int Count = 3000;
        using PeerProcess peer = Start("produce", Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Processes.Freeze(peer.Id);
        int before = 0;
        while (_connection.TryReceive(out ReceivedFrame? frame, TimeSpan.FromMilliseconds(300)) == ReceiveStatus.Received)
        {
            using (frame)
            {
                Check(frame!, before++);
            }
        }

        Assert.True(_connection.IsPeerAlive);
        Processes.Resume(peer.Id);
        Assert.Equal(Count, ReceiveAll(before));
    }

    [Fact]
    public void An_idle_connection_costs_no_processor()
    {
        using PeerProcess peer = Start("echo");
        Exchange([1]);
        TimeSpan before = peer.ProcessorTime;
        Assert.Equal(ReceiveStatus.TimedOut, _connection.TryReceive(out _, TimeSpan.FromSeconds(1)));
        double most = PlatformServices.Current is PortablePlatform ? 150 : 30;
        Assert.True((peer.ProcessorTime - before).TotalMilliseconds <= most, $"It used {(peer.ProcessorTime - before).TotalMilliseconds} ms in a second.");
    }

    [Fact]
    public void A_time_out_is_not_shorter_than_asked_and_loses_nothing()
    {
        using PeerProcess peer = Start("echo");
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal(ReceiveStatus.TimedOut, _connection.TryReceive(out _, TimeSpan.FromMilliseconds(120)));
        Assert.InRange(clock.ElapsedMilliseconds, 119, 2000);
        Exchange([1, 2, 3]);
    }

    [Fact]
    public void A_waiting_receive_is_cancelled_at_once_and_the_connection_goes_on()
    {
        using PeerProcess peer = Start("echo");
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(100));
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => _connection.Receive(source.Token));
        Assert.True(clock.ElapsedMilliseconds < 1000, $"It took {clock.ElapsedMilliseconds} ms.");
        Exchange([9]);
    }

    [Fact]
    public void A_send_that_waits_is_cancelled_at_once()
    {
        using PeerProcess peer = Start("silent");
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(100));
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => _connection.Send(new byte[4 * Ring], source.Token));
        Assert.True(clock.ElapsedMilliseconds < 1000, $"It took {clock.ElapsedMilliseconds} ms.");
        Assert.Throws<ConnectionLostException>(() => _connection.Send([1]));
    }

    [Fact]
    public void Disposing_wakes_a_thread_that_waits()
    {
        using PeerProcess peer = Start("silent");
        using Timer dispose = new(_ => _connection.Dispose(), null, 100, Timeout.Infinite);
        Assert.Null(_connection.Receive());
    }

    [Fact]
    public void A_frame_larger_than_allowed_is_refused_before_it_is_taken()
    {
        using SharedMemoryConnection small = SharedMemoryConnection.Create(new SharedMemoryConnectionOptions { RingCapacity = Ring, MaxFrameSize = 100 });
        using SharedMemoryConnection other = SharedMemoryConnection.Open(small.Address);
        other.Send(new byte[101]);
        Assert.Throws<InvalidDataFrameException>(() => small.TryReceive(out _, s_limit));
        Assert.Throws<ConnectionLostException>(() => other.Send([1]));
    }

    [Fact]
    public void What_was_sent_before_the_close_is_received_after_it()
    {
        using SharedMemoryConnection other = SharedMemoryConnection.Open(_connection.Address);
        other.Send([7]);
        other.Close();
        Assert.Throws<ConnectionClosedException>(() => other.Send([8]));
        using (ReceivedFrame frame = _connection.Receive()!)
        {
            Assert.Equal([7], frame.Memory.ToArray());
        }

        Assert.True(_connection.Poll(TimeSpan.Zero));
        Assert.Null(_connection.Receive());
        _connection.Send([9]);
        using ReceivedFrame back = other.Receive()!;
        Assert.Equal([9], back.Memory.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(20000)]
    public void Garbage_is_no_connection(int size)
    {
        string path = Path.Combine(RuntimeFolder.Path, Path.GetRandomFileName());
        byte[] garbage = new byte[size];
        new Random(size).NextBytes(garbage);
        File.WriteAllBytes(path, garbage);
        try
        {
            Assert.Throws<InvalidSegmentException>(() => SharedMemoryConnection.Open(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_header_that_promises_more_than_the_file_holds_is_refused()
    {
        string path = Path.Combine(RuntimeFolder.Path, Path.GetRandomFileName());
        byte[] header = new byte[4096];
        using (FileStream original = new(_connection.Address, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            original.ReadExactly(header);
        }

        File.WriteAllBytes(path, header);
        try
        {
            Assert.Throws<InvalidSegmentException>(() => SharedMemoryConnection.Open(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Check(ReceivedFrame frame, int number)
    {
        ReadOnlySpan<byte> bytes = frame.Memory.Span;
        Assert.Equal(number, BinaryPrimitives.ReadInt32LittleEndian(bytes));
        Assert.True(bytes[4..8].SequenceEqual(Crc32.Hash(bytes[8..])), $"Frame {number} is not what was sent.");
    }

    private int ReceiveAll(int next = 0)
    {
        while (_connection.TryReceive(out ReceivedFrame? frame, s_limit) == ReceiveStatus.Received)
        {
            using (frame)
            {
                Check(frame!, next++);
            }
        }

        return next;
    }

    private PeerProcess Start(string role, params string[] more)
    {
        PeerProcess peer = new([role, _connection.Address, .. more]);
        _connection.AttachPeer(ProcessIdentity.TryGet(peer.Id)!.Value);
        peer.AwaitReady();
        return peer;
    }

    private void Exchange(byte[] frame)
    {
        _connection.Send(frame);
        Assert.Equal(ReceiveStatus.Received, _connection.TryReceive(out ReceivedFrame? received, s_limit));
        using (received)
        {
            Assert.True(received!.Memory.Span.SequenceEqual(frame));
        }
    }
}

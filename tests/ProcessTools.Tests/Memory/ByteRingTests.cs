using CsCheck;
using ProcessTools.Engine.Memory;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Memory;

/// <summary>The ring against a plain queue of bytes as the model, and with two threads.</summary>
[Trait("Platform", "portable")]
public sealed unsafe class ByteRingTests : IDisposable
{
    private const int Capacity = 64;

    private readonly Segment _segment = Segment.Create("test", 4096);

    public void Dispose()
    {
        _segment.Unlink();
        _segment.Dispose();
    }

    [Fact]
    public void Any_sequence_of_writes_publications_and_reads_is_that_of_a_queue()
    {
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 90]).List[1, 200].Sample(
            steps =>
            {
                new Span<byte>(_segment.Pointer, 4096).Clear();
                (ByteRing producer, ByteRing consumer) = (NewRing(), NewRing());
                Queue<byte> published = new();
                List<byte> unpublished = [];
                byte next = 0;
                foreach ((int step, int size) in steps)
                {
                    byte[] bytes = new byte[size];
                    switch (step)
                    {
                        case 0:
                            for (int i = 0; i < size; i++)
                            {
                                bytes[i] = (byte)(next + i);
                            }

                            int taken = producer.Write(bytes);
                            unpublished.AddRange(bytes.AsSpan(0, taken));
                            next += (byte)taken;
                            break;

                        case 1:
                            producer.Publish();
                            unpublished.ForEach(published.Enqueue);
                            unpublished.Clear();
                            break;

                        case 2:
                            int given = consumer.Read(bytes);
                            Assert.Equal(Math.Min(size, published.Count), given);
                            for (int i = 0; i < given; i++)
                            {
                                Assert.Equal(published.Dequeue(), bytes[i]);
                            }

                            consumer.Release();
                            break;

                        default:
                            producer.Discard();
                            next -= (byte)unpublished.Count;
                            unpublished.Clear();
                            break;
                    }
                }
            },
            threads: 1,
            iter: 2000);
    }

    [Fact]
    public void Many_bytes_pass_between_two_threads_that_wait_for_each_other()
    {
        int total = LongForm.Rounds(500_000, 10_000_000);
        (ByteRing producer, ByteRing consumer) = (NewRing(), NewRing());
        Thread writer = new(() =>
        {
            byte[] bytes = new byte[23];
            for (int sent = 0; sent < total;)
            {
                int count = Math.Min(bytes.Length, total - sent);
                for (int i = 0; i < count; i++)
                {
                    bytes[i] = (byte)(sent + i);
                }

                int taken = producer.Write(bytes.AsSpan(0, count));
                producer.Publish();
                sent += taken;
                if (taken < count)
                {
                    producer.WaitForRoom(Timeout.InfiniteTimeSpan, CancellationToken.None);
                }
            }
        });
        writer.Start();
        byte[] buffer = new byte[31];
        int received = 0;
        while (received < total)
        {
            int count = consumer.Read(buffer);
            consumer.Release();
            for (int i = 0; i < count; i++)
            {
                Assert.Equal((byte)(received + i), buffer[i]);
            }

            received += count;
            if (count == 0)
            {
                consumer.WaitForData(TimeSpan.FromSeconds(30), CancellationToken.None);
                Assert.True(consumer.HasBytes());
            }
        }

        writer.Join();
    }

    private ByteRing NewRing() => new(_segment.Pointer, _segment.Pointer + ByteRing.ControlSize, Capacity);
}

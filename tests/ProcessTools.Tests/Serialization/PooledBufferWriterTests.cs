using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

public sealed class PooledBufferWriterTests
{
    [Fact]
    public void What_is_written_stays_while_the_buffer_grows()
    {
        using PooledBufferWriter buffer = new(16);
        for (int i = 0; i < 300_000; i++)
        {
            buffer.GetSpan(1)[0] = (byte)i;
            buffer.Advance(1);
        }

        Assert.Equal(300_000, buffer.WrittenCount);
        for (int i = 0; i < 300_000; i++)
        {
            Assert.Equal((byte)i, buffer.WrittenSpan[i]);
        }

        buffer.Clear();
        Assert.True(buffer.WrittenMemory.IsEmpty);
    }

    [Fact]
    public void A_buffer_that_was_given_back_cannot_be_written()
    {
        PooledBufferWriter buffer = new();
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.GetMemory(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PooledBufferWriter().Advance(1 << 20));
    }

    [Fact]
    public void A_gibibyte_travels_with_one_copy_on_each_side()
    {
        // A quarter of it is enough to see that nothing is doubled; the whole is in the benchmarks.
        byte[] big = GC.AllocateUninitializedArray<byte>(1 << 28);
        big[^1] = 7;
        long before = GC.GetAllocatedBytesForCurrentThread();
        using PooledBufferWriter buffer = new();
        ObjectSerializer.Full.Serialize(buffer, big);
        byte[] copy = Assert.IsType<byte[]>(ObjectSerializer.Full.Deserialize(buffer.WrittenMemory));
        Assert.Equal(big.Length, copy.Length);
        Assert.Equal(7, copy[^1]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2L << 28) + (64 << 20));
    }
}

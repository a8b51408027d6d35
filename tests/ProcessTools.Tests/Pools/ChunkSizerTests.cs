using ProcessTools.Engine.Pools;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>How many items are sent to a worker in one go.</summary>
public sealed class ChunkSizerTests
{
    private const long Many = 1_000_000_000;

    [Fact]
    public void Chunks_begin_with_one_item_and_stay_so_until_one_has_been_measured()
    {
        ChunkSizer sizer = new(null);
        for (int chunk = 0; chunk < 10; chunk++)
        {
            Assert.Equal(1, sizer.Next(Many, 2, inputComplete: false));
        }
    }

    [Fact]
    public void The_first_chunk_is_one_item_even_if_items_have_been_measured()
    {
        ChunkSizer sizer = new(null);
        sizer.Observe(TimeSpan.FromMicroseconds(1), 1);
        Assert.Equal(1, sizer.Next(Many, 2, inputComplete: false));
    }

    [Fact]
    public void Chunks_of_short_items_grow_four_times_at_most_and_up_to_4096()
    {
        ChunkSizer sizer = new(null);
        List<int> sizes = [];
        for (int chunk = 0; chunk < 9; chunk++)
        {
            sizes.Add(sizer.Next(Many, 2, inputComplete: false));
            sizer.Observe(TimeSpan.FromTicks(1), 1);
        }

        Assert.Equal([1, 4, 16, 64, 256, 1024, 4096, 4096, 4096], sizes);
    }

    [Theory]
    [InlineData(10, 500)]
    [InlineData(100, 50)]
    [InlineData(1000, 5)]
    [InlineData(4000, 1)]
    [InlineData(1_000_000, 1)]
    public void Chunks_come_to_take_about_five_milliseconds(int microseconds, int expected)
    {
        ChunkSizer sizer = new(null);
        int size = 0;
        for (int chunk = 0; chunk < 20; chunk++)
        {
            size = sizer.Next(Many, 2, inputComplete: false);
            for (int item = 0; item < size; item++)
            {
                sizer.Observe(TimeSpan.FromMicroseconds(microseconds), 1);
            }
        }

        Assert.InRange(size, Math.Max(1, expected * 0.95), Math.Max(1, expected * 1.05));
    }

    [Fact]
    public void Items_that_take_no_time_that_can_be_measured_come_in_the_largest_chunks()
    {
        ChunkSizer sizer = new(null);
        int size = 0;
        for (int chunk = 0; chunk < 10; chunk++)
        {
            size = sizer.Next(Many, 2, inputComplete: false);
            sizer.Observe(TimeSpan.Zero, size);
        }

        Assert.Equal(ChunkSizer.Largest, size);
    }

    [Fact]
    public void Chunks_become_single_items_as_soon_as_items_become_long()
    {
        ChunkSizer sizer = Warm(microseconds: 1);
        sizer.Observe(TimeSpan.FromSeconds(1), 1);
        Assert.Equal(1, sizer.Next(Many, 2, inputComplete: false));
    }

    [Fact]
    public void Chunks_recover_from_one_long_item_among_short_ones()
    {
        ChunkSizer sizer = Warm(microseconds: 1);
        sizer.Observe(TimeSpan.FromSeconds(1), 1);
        int items = 0;
        while (items < 2000 && sizer.Next(Many, 2, inputComplete: false) is var size && size < 1000)
        {
            sizer.Observe(TimeSpan.FromMicroseconds(1) * size, size);
            items += size;
        }

        Assert.InRange(items, 1, 1999);
    }

    [Fact]
    public void Observing_items_together_is_about_the_same_as_one_by_one()
    {
        ChunkSizer one = Warm(microseconds: 1000);
        ChunkSizer all = Warm(microseconds: 1000);
        for (int item = 0; item < 12; item++)
        {
            one.Observe(TimeSpan.FromMicroseconds(100), 1);
        }

        all.Observe(TimeSpan.FromMicroseconds(100) * 12, 12);
        Assert.Equal(one.Next(Many, 1, inputComplete: false), all.Next(Many, 1, inputComplete: false));
    }

    [Fact]
    public void Once_the_input_is_complete_chunks_shrink_with_what_is_left_down_to_one()
    {
        ChunkSizer sizer = Warm(microseconds: 1);
        long left = 10_000;
        int last = int.MaxValue;
        int chunks = 0;
        while (left > 0)
        {
            int size = sizer.Next(left, 4, inputComplete: true);
            Assert.InRange(size, 1, Math.Max(1, left / 8));
            Assert.True(size <= last);
            last = size;
            left -= size;
            chunks++;
        }

        Assert.Equal(1, last);
        Assert.InRange(chunks, 20, 100);
    }

    [Fact]
    public void Nothing_queued_and_no_workers_still_give_a_chunk_of_one()
    {
        ChunkSizer sizer = Warm(microseconds: 1);
        Assert.Equal(1, sizer.Next(0, 4, inputComplete: true));
        Assert.Equal(1, sizer.Next(0, 0, inputComplete: true));
    }

    [Fact]
    public void A_size_that_was_asked_for_is_kept_whatever_is_measured_and_left()
    {
        ChunkSizer sizer = new(7);
        Assert.Equal(7, sizer.Next(Many, 2, inputComplete: false));
        sizer.Observe(TimeSpan.FromSeconds(10), 1);
        Assert.Equal(7, sizer.Next(1, 2, inputComplete: true));
    }

    [Fact]
    public void Deciding_allocates_nothing()
    {
        ChunkSizer sizer = Warm(microseconds: 10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int item = 0; item < 10_000; item++)
        {
            sizer.Observe(TimeSpan.FromMicroseconds(item), 1);
            sizer.Next(item, 2, inputComplete: item % 2 == 0);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static ChunkSizer Warm(int microseconds)
    {
        ChunkSizer sizer = new(null);
        for (int chunk = 0; chunk < 100; chunk++)
        {
            sizer.Next(Many, 2, inputComplete: false);
            sizer.Observe(TimeSpan.FromMicroseconds(microseconds), 1);
        }

        return sizer;
    }
}

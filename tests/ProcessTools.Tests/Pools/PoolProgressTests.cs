using ProcessTools.Engine.Pools;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>What a command's progress bar says, and how often; the clock is the test's.</summary>
public sealed class PoolProgressTests
{
    private readonly TestClock _clock = new();
    private readonly PoolProgress _progress;

    public PoolProgressTests() => _progress = new PoolProgress(_clock);

    [Fact]
    public void A_command_that_is_over_within_a_second_shows_nothing()
    {
        Assert.False(_progress.TryUpdate(0, 0, 10, 2, out _));
        _clock.Advance(0.999);
        Assert.False(_progress.TryUpdate(9, 0, 10, 1, out _));
        _clock.Advance(0.001);
        Assert.True(_progress.TryUpdate(10, 0, 10, 0, out _));
    }

    [Fact]
    public void There_are_five_texts_a_second_however_often_it_is_asked()
    {
        int shown = 0;
        for (int call = 0; call < 10_000; call++)
        {
            _clock.Advance(0.001);
            shown += _progress.TryUpdate(call, 0, null, 1, out _) ? 1 : 0;
        }

        // One at the end of the first second, and five in each of the nine others.
        Assert.Equal(46, shown);
    }

    [Fact]
    public void The_text_has_what_is_done_what_failed_the_rate_and_the_time_left()
    {
        _clock.Advance(2);
        Assert.True(_progress.TryUpdate(1234, 3, 10_000, 0, out ProgressText text));
        Assert.Equal(new ProgressText("Invoke-ProcessPool", "1,234 of 10,000 done, 3 failed, 617/s", 12, 15), text);
    }

    [Fact]
    public void Without_a_total_there_is_no_share_and_no_time_left()
    {
        _clock.Advance(2);
        Assert.True(_progress.TryUpdate(1234, 0, null, 8, out ProgressText text));
        Assert.Equal(new ProgressText("Invoke-ProcessPool", "1,234 done, 617/s, 8 running", -1, -1), text);
    }

    [Fact]
    public void Before_anything_is_done_the_time_left_is_unknown()
    {
        _clock.Advance(3);
        Assert.True(_progress.TryUpdate(0, 0, 10, 2, out ProgressText text));
        Assert.Equal(new ProgressText("Invoke-ProcessPool", "0 of 10 done, 2 running", 0, -1), text);
    }

    [Fact]
    public void When_all_is_done_nothing_is_left()
    {
        _clock.Advance(4);
        Assert.True(_progress.TryUpdate(10, 10, 10, 0, out ProgressText text));
        Assert.Equal(100, text.PercentComplete);
        Assert.Equal(0, text.SecondsRemaining);
        Assert.Equal("10 of 10 done, 10 failed, 2.5/s", text.Status);
    }

    [Fact]
    public void No_items_at_all_are_all_of_them()
    {
        _clock.Advance(4);
        Assert.True(_progress.TryUpdate(0, 0, 0, 0, out ProgressText text));
        Assert.Equal(100, text.PercentComplete);
        Assert.Equal(0, text.SecondsRemaining);
    }

    [Fact]
    public void A_slow_rate_is_told_by_the_minute()
    {
        _clock.Advance(60);
        Assert.True(_progress.TryUpdate(3, 0, null, 0, out ProgressText text));
        Assert.Equal("3 done, 3.0/min", text.Status);
    }

    [Fact]
    public void The_time_left_follows_the_last_seconds_and_not_the_whole_run()
    {
        double finished = 0;
        ProgressText text = Run(seconds: 100, rate: 1000, ref finished, total: 1_000_000);
        Assert.Equal(900, text.SecondsRemaining);
        text = Run(seconds: 30, rate: 100, ref finished, total: 1_000_000);

        // 897,000 items are left: 115 seconds more at the mean of the whole run, 8,970 at the rate of the last seconds.
        Assert.InRange(text.SecondsRemaining, 8000, 9000);
    }

    [Fact]
    public void Long_items_that_end_one_by_one_do_not_make_the_time_left_jump()
    {
        List<int> left = [];
        for (int tick = 0; tick < 3000; tick++)
        {
            _clock.Advance(0.2);
            long finished = tick / 100;
            if (_progress.TryUpdate(finished, 0, 100, 1, out ProgressText text) && finished >= 10)
            {
                left.Add(text.SecondsRemaining - (int)(2000 - (tick * 0.2)));
            }
        }

        // An item takes 20 seconds; what is said is never off by more than a quarter of the 1,800 seconds that are left at first.
        Assert.All(left, static off => Assert.InRange(off, -450, 450));
        Assert.NotEmpty(left);
    }

    private ProgressText Run(int seconds, double rate, ref double finished, long total)
    {
        ProgressText last = default;
        for (int tick = 0; tick < seconds * 5; tick++)
        {
            _clock.Advance(0.2);
            finished += rate * 0.2;
            if (_progress.TryUpdate((long)finished, 0, total, 1, out ProgressText text))
            {
                last = text;
            }
        }

        return last;
    }

    private sealed class TestClock : TimeProvider
    {
        private decimal _seconds;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => (long)(_seconds * 1_000_000);

        public void Advance(double seconds) => _seconds += (decimal)seconds;
    }
}

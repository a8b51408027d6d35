using ProcessTools.Engine.Pools;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>How long an item that failed waits before it is tried again.</summary>
public sealed class RetryPolicyTests
{
    private const int Seed = 4711;

    [Fact]
    public void A_retry_waits_twice_as_long_as_the_one_before_give_or_take_a_fifth()
    {
        RetryPolicy policy = new(8, TimeSpan.FromSeconds(0.1), new Random(Seed));
        for (int attempt = 2; attempt <= 9; attempt++)
        {
            double expected = 0.1 * (1 << (attempt - 2));
            Assert.InRange(policy.DelayBefore(attempt)!.Value.TotalSeconds, expected * 0.8 - 1e-6, expected * 1.2 + 1e-6);
        }
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(3, 5)]
    public void After_the_last_retry_there_is_no_other(int retries, int attempt)
    {
        RetryPolicy policy = new(retries, TimeSpan.FromSeconds(1));
        Assert.Null(policy.DelayBefore(attempt));
        Assert.NotNull(policy.DelayBefore(attempt - 1));
    }

    [Fact]
    public void The_first_attempt_waits_for_nothing() => Assert.Equal(TimeSpan.Zero, new RetryPolicy(0, TimeSpan.FromSeconds(1)).DelayBefore(1));

    [Fact]
    public void No_retry_waits_longer_than_thirty_seconds()
    {
        RetryPolicy policy = new(int.MaxValue, TimeSpan.FromSeconds(0.2), new Random(Seed));
        for (int attempt = 20; attempt < 2000; attempt++)
        {
            Assert.InRange(policy.DelayBefore(attempt)!.Value.TotalSeconds, 24, 30);
        }

        Assert.InRange(policy.DelayBefore(int.MaxValue)!.Value.TotalSeconds, 24, 30);
    }

    [Fact]
    public void No_delay_stays_no_delay_however_often_it_is_doubled()
    {
        RetryPolicy policy = new(int.MaxValue, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, policy.DelayBefore(2));
        Assert.Equal(TimeSpan.Zero, policy.DelayBefore(5000));
    }

    [Fact]
    public void The_same_seed_gives_the_same_delays_and_items_differ_from_each_other()
    {
        RetryPolicy one = new(5, TimeSpan.FromSeconds(1), new Random(Seed));
        RetryPolicy same = new(5, TimeSpan.FromSeconds(1), new Random(Seed));
        TimeSpan?[] delays = [one.DelayBefore(2), one.DelayBefore(2), one.DelayBefore(2)];
        Assert.Equal(delays, [same.DelayBefore(2), same.DelayBefore(2), same.DelayBefore(2)]);
        Assert.Equal(3, delays.Distinct().Count());
    }
}

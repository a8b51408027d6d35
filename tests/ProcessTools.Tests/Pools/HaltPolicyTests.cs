using System.Globalization;
using System.Management.Automation;
using ProcessTools.Engine.Pools;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>What can be given to -Halt, and when it stops a command.</summary>
public sealed class HaltPolicyTests
{
    [Theory]
    [InlineData("1", 0, 10, false)]
    [InlineData("1", 1, 1, true)]
    [InlineData("5", 4, 4, false)]
    [InlineData("5", 5, 1000, true)]
    [InlineData("5", 6, 1000, true)]
    [InlineData("20%", 1, 1, false)]
    [InlineData("20%", 2, 2, false)]
    [InlineData("20%", 1, 3, true)]
    [InlineData("20%", 1, 5, true)]
    [InlineData("20%", 1, 6, false)]
    [InlineData("20%", 2, 10, true)]
    [InlineData("20%", 199, 1000, false)]
    [InlineData("100%", 2, 3, false)]
    [InlineData("100%", 3, 3, true)]
    [InlineData("0.1%", 0, 10_000, false)]
    [InlineData("0.1%", 10, 10_001, false)]
    [InlineData("0.1%", 10, 10_000, true)]
    [InlineData(" 20 % ", 1, 3, true)]
    [InlineData(" 2 ", 2, 2, true)]
    public void A_command_is_stopped_when_the_limit_is_reached(string limit, long failed, long finished, bool halted) =>
        Assert.Equal(halted, HaltPolicy.Parse(limit).ShouldHalt(failed, finished));

    [Fact]
    public void Shares_of_more_items_than_an_int_counts_are_exact()
    {
        HaltPolicy policy = HaltPolicy.Parse("50%");
        Assert.False(policy.ShouldHalt(4_999_999_999_999_999, 10_000_000_000_000_000));
        Assert.True(policy.ShouldHalt(5_000_000_000_000_000, 10_000_000_000_000_000));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("many")]
    [InlineData("%")]
    [InlineData("0%")]
    [InlineData("-5%")]
    [InlineData("101%")]
    [InlineData("20%%")]
    [InlineData("1,000")]
    [InlineData("99999999999999999999")]
    public void A_limit_that_is_no_number_of_items_and_no_share_is_an_error(string limit)
    {
        PoolArgumentException error = Assert.Throws<PoolArgumentException>(() => HaltPolicy.Parse(limit));
        Assert.Equal("HaltInvalid", error.ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidArgument, error.ErrorRecord.CategoryInfo.Category);
        Assert.Contains($"'{limit}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_means_the_same_where_people_write_decimals_with_a_comma()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.True(HaltPolicy.Parse("0.5%").ShouldHalt(1, 200));
            Assert.False(HaltPolicy.Parse("0.5%").ShouldHalt(1, 201));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_limit_says_what_was_given() => Assert.Equal("20%", HaltPolicy.Parse(" 20%").ToString());
}

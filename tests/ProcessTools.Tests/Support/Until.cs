using System.Diagnostics;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>Waits for conditions instead of for time.</summary>
internal static class Until
{
    /// <summary>Polls until the condition holds; fails the test when it does not in time.</summary>
    public static void True(Func<bool> condition, string what, double withinSeconds = 10)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed.TotalSeconds < withinSeconds, $"Not within {withinSeconds} seconds: {what}");
            Thread.Sleep(5);
        }
    }
}

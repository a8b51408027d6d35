using ProcessTools.Engine.Platform;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Platform;

/// <summary>A thread that is moved to another processor.</summary>
[Trait("Platform", "portable")]
public sealed class ThreadTests
{
    [Fact]
    public void A_thread_that_was_moved_may_still_run_wherever_it_could()
    {
        Background<(string Before, string After, bool IsMoved)> thread = Background.Run(() =>
        {
            string before = Allowed();
            bool isMoved = PlatformServices.Current.TryMoveThread();
            return (before, Allowed(), isMoved);
        });
        (string before, string after, bool isMoved) = thread.Result;
        Assert.Equal(before, after);
        Assert.Equal(PlatformServices.Current is LinuxPlatform && Environment.ProcessorCount > 1, isMoved);
    }

    private static string Allowed() => File.ReadLines("/proc/thread-self/status").Single(static line => line.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
}

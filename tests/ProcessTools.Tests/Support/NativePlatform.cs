using ProcessTools.Engine.Platform;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>
/// For tests of what only the system's own means can do, when the suite runs with the portable ones. The classes to which the
/// platform makes a difference have the trait "Platform=portable", by which the short form of that run takes them.
/// </summary>
internal static class NativePlatform
{
    /// <summary>Skips the test with the portable platform.</summary>
    public static void Require(string what) => Assert.SkipUnless(PlatformServices.Current is LinuxPlatform, $"The portable platform cannot {what}.");
}

namespace ProcessTools.Tests.Support;

/// <summary>
/// Tests that repeat something have two forms. The short one, which each run takes, has a few rounds, each of which can fail.
/// The long one, with the environment variable PROCESSTOOLS_TEST_LONG at 1, has as many as give confidence.
/// </summary>
internal static class LongForm
{
    /// <summary>True when the long form was asked for.</summary>
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("PROCESSTOOLS_TEST_LONG") is "1";

    /// <summary>How many rounds a test has.</summary>
    public static int Rounds(int shortForm, int longForm) => IsOn ? longForm : shortForm;
}

namespace ProcessTools;

/// <summary>Checks the times that callers give to waits.</summary>
internal static class WaitTime
{
    // The longest time that .NET's own waits take, some 24 days, is too short for "a month"; this is 68 years.
    private const double Most = int.MaxValue;

    /// <summary>The seconds of a timeout as a time, with what is not a time to wait refused.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative (other than -1, which is .NET's "no limit"), not a number, or too long.</exception>
    public static TimeSpan FromSeconds(double seconds, string parameter) => seconds switch
    {
        -1 => Timeout.InfiniteTimeSpan,
        >= 0 and <= Most => TimeSpan.FromSeconds(seconds),
        double.PositiveInfinity => Timeout.InfiniteTimeSpan,
        _ => throw new ArgumentOutOfRangeException(parameter, seconds, "A timeout is a number of seconds that is not negative."),
    };

    /// <summary>A time to wait, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, other than <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    public static TimeSpan Checked(TimeSpan timeout, string parameter) =>
        timeout >= TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan
            ? timeout
            : throw new ArgumentOutOfRangeException(parameter, timeout, "A timeout is a time that is not negative.");
}

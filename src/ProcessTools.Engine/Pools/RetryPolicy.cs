namespace ProcessTools.Engine.Pools;

/// <summary>
/// How often an item that failed is tried again, and how long it waits before: the delay doubles from one retry to the next, up to
/// <see cref="Longest"/>, and is a fifth shorter or longer by chance, so that items that failed together are not tried together again.
/// Thread-safe, as long as the source of randomness is.
/// </summary>
/// <param name="retries">How many more times an item is tried after its first attempt.</param>
/// <param name="delay">The time before the first retry.</param>
/// <param name="random">The source of randomness; a test gives one with a seed.</param>
internal sealed class RetryPolicy(int retries, TimeSpan delay, Random? random = null)
{
    /// <summary>The time before the first retry when none is asked for: long enough for a busy file or server, and hardly noticed.</summary>
    public static readonly TimeSpan DefaultDelay = TimeSpan.FromSeconds(0.2);

    /// <summary>No retry waits longer than this, however many came before it.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>How far by chance a delay is off, as a share of it.</summary>
    private const double Spread = 0.2;

    /// <summary>Doubling more often than this passes every limit; it keeps the factor finite, so that no delay stays no delay.</summary>
    private const int MostDoublings = 62;

    private readonly Random _random = random ?? Random.Shared;

    /// <summary>Gets the time to wait before an attempt.</summary>
    /// <param name="attempt">The attempt's number, from 1; 2 is the first retry.</param>
    /// <returns>The time, or null when there is to be no such attempt.</returns>
    public TimeSpan? DelayBefore(int attempt)
    {
        if (attempt <= 1)
        {
            return TimeSpan.Zero;
        }

        if (attempt - 1 > retries)
        {
            return null;
        }

        double seconds = delay.TotalSeconds * Math.Pow(2, Math.Min(attempt - 2, MostDoublings));
        double chance = 1 + (Spread * ((2 * _random.NextDouble()) - 1));
        return TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Min(Longest.TotalSeconds, seconds) * chance));
    }
}

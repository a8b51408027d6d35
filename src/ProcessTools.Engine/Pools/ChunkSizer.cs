namespace ProcessTools.Engine.Pools;

/// <summary>
/// Decides how many items are sent to a worker in one go: as many as take about <see cref="TargetSeconds"/>, so that sending costs little
/// beside the work and yet no worker sits on work that another could do. Not thread-safe: it is used under the lock of the pool, for each
/// item and for each chunk, and so costs a few nanoseconds and allocates nothing.
/// </summary>
/// <param name="fixedSize">The size that was asked for, or null for sizes that follow the items' durations.</param>
internal sealed class ChunkSizer(int? fixedSize)
{
    /// <summary>The most items in a chunk, however short they are: what a chunk costs is then spread thin enough.</summary>
    public const int Largest = 4096;

    /// <summary>The work of a chunk: a hundred times what sending one costs, and short beside what people notice.</summary>
    private const double TargetSeconds = 0.005;

    /// <summary>How much chunks grow from one to the next, so that few quick items in front of long ones do not mislead for long.</summary>
    private const int MostGrowth = 4;

    /// <summary>The weight of one item in the mean: the last thirty items or so decide.</summary>
    private const double Weight = 1.0 / 16;

    private double _mean;
    private bool _observed;
    private int _last;

    /// <summary>How long an item takes, by those that ended lately; null while none has.</summary>
    public double? MeanSeconds => _observed ? _mean : null;

    /// <summary>Takes note of how long items took.</summary>
    /// <param name="duration">The time of all of them together.</param>
    /// <param name="items">How many they were.</param>
    public void Observe(TimeSpan duration, int items)
    {
        if (items <= 0)
        {
            return;
        }

        double seconds = Math.Max(0, duration.TotalSeconds) / items;
        if (!_observed)
        {
            _observed = true;
            _mean = seconds;
            return;
        }

        double weight = items == 1 ? Weight : 1 - Math.Pow(1 - Weight, items);
        _mean += (seconds - _mean) * weight;
    }

    /// <summary>Gets the size of the next chunk.</summary>
    /// <param name="queued">How many items wait to be sent.</param>
    /// <param name="workers">How many workers share them.</param>
    /// <param name="inputComplete">Whether no more items will come; chunks then shrink with what is left, so that all workers end at about the same time.</param>
    /// <returns>The size, at least 1.</returns>
    public int Next(long queued, int workers, bool inputComplete)
    {
        if (fixedSize is { } size)
        {
            return Math.Max(1, size);
        }

        int wanted = 1;
        if (_observed && _last > 0)
        {
            // Compared before it is divided: the mean of items too short to be measured is zero.
            wanted = _mean * Largest <= TargetSeconds ? Largest : Math.Max(1, (int)(TargetSeconds / _mean));
            wanted = Math.Min(wanted, _last * MostGrowth);
        }

        _last = wanted;
        return inputComplete ? (int)Math.Clamp(queued / (2L * Math.Max(1, workers)), 1, wanted) : wanted;
    }
}

using System.Globalization;
using System.Text;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// Makes the texts of a command's progress bar: seldom enough to cost nothing, and not at all for a command that is over at once.
/// Not thread-safe: the command's pipeline thread calls it, as often as it likes.
/// </summary>
internal sealed class PoolProgress
{
    /// <summary>A command that is over sooner shows no bar: it would only flicker.</summary>
    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(1);

    /// <summary>Five times a second: more cannot be read.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(200);

    /// <summary>How many seconds the rate looks back when items are short.</summary>
    private const double ShortestMemory = 5;

    /// <summary>How many items the rate looks back when they are long: fewer, and it would jump with each of them.</summary>
    private const double FewestItems = 8;

    private readonly TimeProvider _clock;
    private readonly string _activity;
    private readonly long _start;
    private long _last;
    private long _lastFinished;
    private double _rate;
    private bool _shown;

    /// <summary>Begins the run.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="activity">What goes on.</param>
    public PoolProgress(TimeProvider clock, string activity = "Invoke-ProcessPool")
    {
        _clock = clock;
        _activity = activity;
        _start = clock.GetTimestamp();
        _last = _start;
    }

    /// <summary>Makes the text, if it is time for one.</summary>
    /// <param name="finished">How many items have ended, the failed ones among them.</param>
    /// <param name="failed">How many items have failed.</param>
    /// <param name="total">How many items there are, or null while input still comes.</param>
    /// <param name="running">How many items are being worked on.</param>
    /// <param name="text">The text.</param>
    /// <returns>Whether there is a text to show.</returns>
    public bool TryUpdate(long finished, long failed, long? total, int running, out ProgressText text)
    {
        long now = _clock.GetTimestamp();
        TimeSpan elapsed = _clock.GetElapsedTime(_start, now);
        TimeSpan since = _clock.GetElapsedTime(_last, now);
        if (elapsed < s_before || (_shown && since < s_between))
        {
            text = default;
            return false;
        }

        UpdateRate(finished, elapsed.TotalSeconds, since.TotalSeconds);
        _last = now;
        _lastFinished = finished;
        _shown = true;
        text = new ProgressText(_activity, Status(finished, failed, total, running), Percent(finished, total), Remaining(finished, total));
        return true;
    }

    /// <summary>
    /// Takes what was done since the last text into the rate. The first seconds count as their plain mean; later ones push out earlier ones.
    /// </summary>
    private void UpdateRate(long finished, double elapsed, double since)
    {
        double mean = finished / elapsed;
        double memory = mean <= 0 ? elapsed : Math.Max(ShortestMemory, FewestItems / mean);
        double weight = Math.Min(1, Math.Max(since / elapsed, 1 - Math.Exp(-since / memory)));
        _rate += (((finished - _lastFinished) / since) - _rate) * weight;
    }

    private string Status(long finished, long failed, long? total, int running)
    {
        StringBuilder status = new();
        CultureInfo culture = CultureInfo.InvariantCulture;
        status.Append(culture, $"{finished:N0}");
        if (total is { } all)
        {
            status.Append(culture, $" of {all:N0}");
        }

        status.Append(" done");
        if (failed > 0)
        {
            status.Append(culture, $", {failed:N0} failed");
        }

        if (_rate >= 10)
        {
            status.Append(culture, $", {_rate:N0}/s");
        }
        else if (_rate >= 1)
        {
            status.Append(culture, $", {_rate:0.0}/s");
        }
        else if (_rate * 60 >= 0.1)
        {
            status.Append(culture, $", {_rate * 60:0.0}/min");
        }

        if (running > 0)
        {
            status.Append(culture, $", {running:N0} running");
        }

        return status.ToString();
    }

    private static int Percent(long finished, long? total)
    {
        if (total is not { } all)
        {
            return -1;
        }

        return all <= 0 ? 100 : (int)Math.Clamp((decimal)finished * 100 / all, 0, 100);
    }

    private int Remaining(long finished, long? total)
    {
        if (total is not { } all)
        {
            return -1;
        }

        if (finished >= all)
        {
            return 0;
        }

        double seconds = Math.Ceiling((all - finished) / _rate);
        return _rate > 0 && seconds < int.MaxValue ? (int)seconds : -1;
    }
}

using System.Globalization;
using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>When <c>-Halt</c> stops a command: after a number of failed items, or when a share of the finished items has failed. Immutable.</summary>
internal sealed class HaltPolicy
{
    /// <summary>A share means nothing before this many items have finished: the first one alone is always none or all of them.</summary>
    private const int FewestForShare = 3;

    private readonly string _text;
    private readonly long _count;
    private readonly decimal _percent;

    private HaltPolicy(string text, long count, decimal percent)
    {
        _text = text;
        _count = count;
        _percent = percent;
    }

    /// <summary>Reads what was given to <c>-Halt</c>.</summary>
    /// <param name="text">A number of items, such as <c>5</c>, or a share of them, such as <c>20%</c>.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="PoolArgumentException">It is neither; ErrorId <c>HaltInvalid</c>.</exception>
    public static HaltPolicy Parse(string text)
    {
        string limit = text.Trim();
        if (limit.EndsWith('%'))
        {
            if (decimal.TryParse(limit.AsSpan(0, limit.Length - 1), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out decimal percent)
                && percent is > 0 and <= 100)
            {
                return new HaltPolicy(limit, 0, percent);
            }
        }
        else if (long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count > 0)
        {
            return new HaltPolicy(limit, count, 0);
        }

        throw new PoolArgumentException(
            "HaltInvalid",
            ErrorCategory.InvalidArgument,
            $"-Halt '{text}' is neither a number of failed items nor a share of them. Give a number from 1, such as 5, or a percentage above 0 and up to 100, such as 20%.",
            text);
    }

    /// <summary>Tells whether the command is to be stopped.</summary>
    /// <param name="failed">How many items have failed.</param>
    /// <param name="finished">How many items have ended, the failed ones among them.</param>
    /// <returns>Whether the limit has been reached.</returns>
    public bool ShouldHalt(long failed, long finished)
    {
        if (_count > 0)
        {
            return failed >= _count;
        }

        return finished >= FewestForShare && failed * 100m >= _percent * finished;
    }

    /// <summary>Gets the limit as it was given.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _text;
}

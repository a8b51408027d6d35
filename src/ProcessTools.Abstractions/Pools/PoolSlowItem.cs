namespace ProcessTools;

/// <summary>One of the tasks that took a pool longest.</summary>
public sealed class PoolSlowItem
{
    internal PoolSlowItem(long index, double seconds, int worker, object? input)
    {
        Index = index;
        Seconds = seconds;
        Worker = worker;
        Input = input;
    }

    /// <summary>Its place among the items of its call, from 0.</summary>
    public long Index { get; }

    /// <summary>How long it ran, in seconds.</summary>
    public double Seconds { get; }

    /// <summary>The id of the process that ran it.</summary>
    public int Worker { get; }

    /// <summary>Its input, the item or the arguments: a number, a date and the like as it is, anything else as text.</summary>
    public object? Input { get; }

    /// <inheritdoc/>
    public override string ToString() => $"#{Index}: {Seconds:0.###} s";
}

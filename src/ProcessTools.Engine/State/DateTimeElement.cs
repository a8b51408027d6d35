using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>
/// DateTimes, which lie in memory as <see cref="DateTime.ToBinary"/> makes them: a local time is the same instant in a process with another time zone, and the kind is kept.
/// </summary>
internal sealed unsafe class DateTimeElement : ElementType<long>
{
    /// <inheritdoc/>
    public override Type Type => typeof(DateTime);

    /// <inheritdoc/>
    public override object Increment(byte* cell, object? by)
    {
        TimeSpan amount = TimeSpanElement.AmountOf(by, typeof(DateTime));
        while (true)
        {
            long before = AtomicCell.Read<long>(cell);
            DateTime after;
            try
            {
                after = DateTime.FromBinary(before) + amount;
            }
            catch (ArgumentOutOfRangeException exception)
            {
                throw new OverflowException($"There is no DateTime that is {DateTime.FromBinary(before):o} and {amount}. Nothing was changed.", exception);
            }

            if (AtomicCell.TryReplace(cell, after.ToBinary(), before))
            {
                return after;
            }
        }
    }

    /// <inheritdoc/>
    public override Array ToArray(byte* first, int count)
    {
        DateTime[] copy = new DateTime[count];
        for (int i = 0; i < count; i++)
        {
            copy[i] = DateTime.FromBinary(AtomicCell.Read<long>(first + ((long)i * sizeof(long))));
        }

        return copy;
    }

    /// <inheritdoc/>
    protected override object ToObject(long stored) => DateTime.FromBinary(stored);

    /// <inheritdoc/>
    protected override bool TryStore(object? value, out long stored)
    {
        if (value is DateTime time)
        {
            stored = time.ToBinary();
            return true;
        }

        stored = 0;
        return false;
    }
}

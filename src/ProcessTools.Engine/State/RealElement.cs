using System.Numerics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A type of numbers with fractions. What is too large becomes infinite, as everywhere.</summary>
/// <typeparam name="T">The type.</typeparam>
internal sealed unsafe class RealElement<T> : ElementType<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override object Increment(byte* cell, object? by)
    {
        T amount = by is int whole ? T.CreateChecked(whole) : Convert(by);
        while (true)
        {
            T before = AtomicCell.Read<T>(cell);
            T after = before + amount;
            if (AtomicCell.TryReplace(cell, after, before))
            {
                return after;
            }
        }
    }
}

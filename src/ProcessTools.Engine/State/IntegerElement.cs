using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>A type of integers.</summary>
/// <typeparam name="T">The type.</typeparam>
internal sealed unsafe class IntegerElement<T> : ElementType<T>
    where T : unmanaged, IBinaryInteger<T>
{
    /// <inheritdoc/>
    public override object Increment(byte* cell, object? by)
    {
        try
        {
            // A loop in a script spends its time here: no more than a read, a sum and an exchange. All types but one have their sums in 64 bits.
            return typeof(T) == typeof(ulong) || !TryGetLong(by, out long amount) ? Add(cell, ToInteger(by)) : Add(cell, amount);
        }
        catch (OverflowException exception)
        {
            throw new OverflowException(string.Create(CultureInfo.InvariantCulture, $"There is no {typeof(T).Name} that is {AtomicCell.Read<T>(cell)} and {by}. Nothing was changed."), exception);
        }
    }

    private static T Add(byte* cell, long amount)
    {
        while (true)
        {
            T before = AtomicCell.Read<T>(cell);
            T after = T.CreateChecked(checked(long.CreateTruncating(before) + amount));
            if (AtomicCell.TryReplace(cell, after, before))
            {
                return after;
            }
        }
    }

    private static T Add(byte* cell, Int128 amount)
    {
        while (true)
        {
            T before = AtomicCell.Read<T>(cell);
            T after = T.CreateChecked(checked(Int128.CreateTruncating(before) + amount));
            if (AtomicCell.TryReplace(cell, after, before))
            {
                return after;
            }
        }
    }

    private static bool TryGetLong(object? value, out long number)
    {
        switch (value)
        {
            case int small:
                number = small;
                return true;
            case long large:
                number = large;
                return true;
            default:
                number = 0;
                return false;
        }
    }

    private static Int128 ToInteger(object? by)
    {
        switch (Bare(by))
        {
            case int small:
                return small;
            case long large:
                return large;
            case ulong larger:
                return larger;
            case BigInteger big:
                return Int128.CreateChecked(big);
            case double real:
                return double.IsInteger(real) ? Int128.CreateChecked(real) : throw NoInteger(by);
            case float real:
                return float.IsInteger(real) ? Int128.CreateChecked(real) : throw NoInteger(by);
            default:
                decimal number = LanguagePrimitives.ConvertTo<decimal>(by);
                return decimal.IsInteger(number) ? Int128.CreateChecked(number) : throw NoInteger(by);
        }
    }

    private static ArgumentException NoInteger(object? by) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{by}' cannot be added to what is always a whole number, of type {typeof(T).Name}. Nothing was changed."), nameof(by));
}

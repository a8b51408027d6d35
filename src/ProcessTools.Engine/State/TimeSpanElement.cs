using System.Management.Automation;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>TimeSpans.</summary>
internal sealed unsafe class TimeSpanElement : ElementType<TimeSpan>
{
    /// <summary>What can be added to a time, or to a time span: another time span, also as text. A number would be one of ticks, which nobody means.</summary>
    /// <exception cref="InvalidOperationException">It is no time span.</exception>
    public static TimeSpan AmountOf(object? by, Type type) => Bare(by) switch
    {
        TimeSpan span => span,
        string text => LanguagePrimitives.ConvertTo<TimeSpan>(text),
        object other => throw new InvalidOperationException($"To a {type.Name} only a TimeSpan can be added, not '{other}'."),
        null => throw new InvalidOperationException($"To a {type.Name} only a TimeSpan can be added."),
    };

    /// <inheritdoc/>
    public override object Increment(byte* cell, object? by)
    {
        TimeSpan amount = AmountOf(by, typeof(TimeSpan));
        while (true)
        {
            TimeSpan before = AtomicCell.Read<TimeSpan>(cell);
            TimeSpan after = before + amount;
            if (AtomicCell.TryReplace(cell, after, before))
            {
                return after;
            }
        }
    }
}

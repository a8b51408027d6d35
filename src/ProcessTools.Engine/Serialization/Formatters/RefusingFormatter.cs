using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>The formatter of what has no meaning in another process. Behind a property of a live object it becomes text instead.</summary>
/// <param name="reason">Why it is refused and what to do.</param>
internal sealed class RefusingFormatter(string reason) : Formatter
{
    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context)
    {
        if (!context.InsideLiveObject)
        {
            throw context.Error($"{value.GetType()}: {reason}");
        }

        LiveObjectFormatter.WriteText(ref writer, LiveObjectFormatter.TextOf(value), context);
    }

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) => Write(ref writer, value, context);
}

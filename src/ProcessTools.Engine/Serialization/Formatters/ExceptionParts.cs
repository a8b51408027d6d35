namespace ProcessTools.Engine.Serialization;

/// <summary>What an exception is rebuilt from.</summary>
/// <param name="Message">Its message.</param>
/// <param name="Inner">Its inner exception, or null.</param>
/// <param name="Extras">What its type has besides, in the order in which the table writes it; missing ones read as null.</param>
internal sealed record ExceptionParts(string Message, Exception? Inner, object?[] Extras)
{
    /// <summary>One of the extras as a text.</summary>
    /// <param name="index">Which.</param>
    /// <returns>The text or null.</returns>
    public string? Text(int index) => index < Extras.Length ? Extras[index] as string : null;

    /// <summary>One of the extras as a number.</summary>
    /// <param name="index">Which.</param>
    /// <returns>The number, or 0.</returns>
    public int Number(int index) => index < Extras.Length && Extras[index] is int number ? number : 0;

    /// <summary>The message without what a getter will add to it again.</summary>
    /// <param name="suffix">What it adds.</param>
    /// <returns>The message as it was given to the constructor.</returns>
    public string Without(string suffix) =>
        suffix.Length > 0 && Message.EndsWith(suffix, StringComparison.Ordinal) ? Message[..^suffix.Length] : Message;
}

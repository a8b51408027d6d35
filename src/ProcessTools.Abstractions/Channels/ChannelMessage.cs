namespace ProcessTools;

/// <summary>A message and the channel that it came from: what <c>Receive-ProcessMessage -AsRecord</c> returns.</summary>
public sealed class ChannelMessage
{
    internal ChannelMessage(ProcessChannel channel, object? message)
    {
        Channel = channel;
        Message = message;
    }

    /// <summary>The channel.</summary>
    public ProcessChannel Channel { get; }

    /// <summary>The message.</summary>
    public object? Message { get; }
}

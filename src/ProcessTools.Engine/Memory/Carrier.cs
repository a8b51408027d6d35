namespace ProcessTools.Engine.Memory;

/// <summary>What a handle on its way travels in: a message to a process, or a message in a channel. As long as that exists, the handle may arrive.</summary>
/// <param name="Process">The <see cref="ProcessWord"/> of the process, or 0.</param>
/// <param name="Channel">The number of the channel, or 0.</param>
internal readonly record struct Carrier(long Process, long Channel)
{
    /// <summary>This process: it has not been sent yet.</summary>
    public static Carrier Self { get; } = new(ProcessWord.Self, 0);

    /// <summary>The side of the channel that receives it, where the channel is a pipe; null otherwise.</summary>
    public int? Receiver { get; init; }
}

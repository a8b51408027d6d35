namespace ProcessTools;

/// <summary>What a durable queue has on the disk when <c>Put</c> and <c>TaskDone</c> return. A process that dies loses nothing in any case; this is about a system that dies.</summary>
public enum QueueDurability
{
    /// <summary>All of it: a power cut loses nothing.</summary>
    Full,

    /// <summary>A power cut may lose the last moments; what is left is whole.</summary>
    Normal,

    /// <summary>The system writes when it likes to: a power cut may lose the last half minute, or damage the file.</summary>
    Off,
}

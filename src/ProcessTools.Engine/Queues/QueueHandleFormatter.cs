using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Queues;

/// <summary>How a queue travels: its address, its name, and a token that stands for the handle until it has arrived.</summary>
internal sealed class QueueHandleFormatter : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => "queue";

    /// <inheritdoc/>
    public Type HandledType => typeof(MemoryQueue);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle)
    {
        MemoryQueue queue = (MemoryQueue)handle;
        long token = queue.Depart();
        Passage.Add(queue, token);
        writer.WriteString(queue.Address);
        writer.WriteString(queue.Name);
        writer.WriteInt64(token);
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        string address = reader.ReadText();
        string? name = reader.ReadString();
        return MemoryQueue.Open(address, name, reader.ReadInt64());
    }
}

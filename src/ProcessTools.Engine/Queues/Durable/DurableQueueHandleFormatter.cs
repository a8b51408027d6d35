using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>How a durable queue travels: its folder, and how it is used. The queue is on the disk, so nothing needs to keep it on its way.</summary>
internal sealed class DurableQueueHandleFormatter : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => "durable-queue";

    /// <inheritdoc/>
    public Type HandledType => typeof(DurableQueue);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle)
    {
        DurableQueue queue = (DurableQueue)handle;
        if (queue.IsGone)
        {
            throw new NotSerializableException("$", $"the queue '{queue}' was disposed of in this process and cannot be passed on from here.");
        }

        writer.WriteString(queue.Path);
        writer.WriteInt32((int)queue.Durability!.Value);
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        string path = reader.ReadText();
        return DurableQueue.Open(path, new DurableQueueOptions { MustExist = true, Durability = (QueueDurability)reader.ReadInt32() }, out _);
    }
}

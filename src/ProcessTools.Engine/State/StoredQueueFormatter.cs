using ProcessTools.Engine.Queues;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>How a queue is a value in the state that has it: its name there. A queue that no state has cannot be one.</summary>
internal sealed class StoredQueueFormatter : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => "queue";

    /// <inheritdoc/>
    public Type HandledType => typeof(MemoryQueue);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle)
    {
        string? name = StateCodec.Current.NameOf((MemoryQueue)handle);
        writer.WriteString(name ?? throw new NotSerializableException(
            "$", $"the queue '{handle}' lives as long as processes hold it, and a state is none. Make it with the state's method Queue(name), send it as a message, or pass it as an argument."));
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        string name = reader.ReadText();
        return StateCodec.Current.FindOrNothing(name, SharedObjectKind.Queue)!;
    }
}

using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pipes;

/// <summary>How an end of a pipe travels: the pipe's address, the side, and a token that holds the end until it has arrived.</summary>
internal sealed class PipeEndHandleFormatter : IHandleFormatter
{
    /// <inheritdoc/>
    public string TypeKey => "pipe-end";

    /// <inheritdoc/>
    public Type HandledType => typeof(MemoryPipeEnd);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle)
    {
        MemoryPipeEnd end = (MemoryPipeEnd)handle;
        long token = end.Depart();
        Passage.Add(end, token);
        writer.WriteString(end.Address);
        writer.WriteByte((byte)end.Side);
        writer.WriteInt64(token);
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        string address = reader.ReadText();
        int side = reader.ReadByte();
        long token = reader.ReadInt64();
        return side is 0 or 1 ? MemoryPipeEnd.Open(address, side, token) : throw new InvalidDataFrameException($"A pipe has no side {side}.");
    }
}

using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Sockets;

namespace ProcessTools.Engine.Pipes;

/// <summary>How an end of a pipe that is a socket travels: where it can be fetched, and by what token.</summary>
internal sealed class SocketEndHandleFormatter : IHandleFormatter
{
    private const byte Sends = 1;
    private const byte Receives = 2;

    /// <inheritdoc/>
    public string TypeKey => "socket-end";

    /// <inheritdoc/>
    public Type HandledType => typeof(SocketPipeEnd);

    /// <inheritdoc/>
    public void Write(ref PayloadWriter writer, object handle)
    {
        SocketPipeEnd end = (SocketPipeEnd)handle;
        long token = end.Depart();
        Passage.Add(end, token);
        writer.WriteString(SocketHandover.Address);
        writer.WriteInt64(token);
        writer.WriteString(end.Id);
        writer.WriteString(end.PeerAddress);
        writer.WriteByte((byte)((end.CanSend ? Sends : 0) | (end.CanReceive ? Receives : 0)));
    }

    /// <inheritdoc/>
    public object Read(ref PayloadReader reader)
    {
        string address = reader.ReadText();
        long token = reader.ReadInt64();
        string id = reader.ReadText();
        string? peerAddress = reader.ReadString();
        int directions = reader.ReadByte();
        return SocketPipeEnd.Arrive(address, token, id, peerAddress, (directions & Sends) != 0, (directions & Receives) != 0);
    }
}

using MessagePack;

namespace OtherMessagePack;

/// <summary>Uses MessagePack, so that its version is loaded into the default context.</summary>
public static class Codec
{
    /// <summary>Writes and reads a number.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The same number.</returns>
    public static int RoundTrip(int value) => MessagePackSerializer.Deserialize<int>(MessagePackSerializer.Serialize(value));
}

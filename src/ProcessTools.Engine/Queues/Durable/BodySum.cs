using System.Numerics;
using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>The checksum (CRC-32C) of an item's bytes: SQLite has none for what it keeps, and a bit that a disk turned must not become another value.</summary>
internal static class BodySum
{
    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> body)
    {
        uint sum = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(body);
        foreach (ulong word in words)
        {
            sum = BitOperations.Crc32C(sum, word);
        }

        foreach (byte last in body[(words.Length * sizeof(ulong))..])
        {
            sum = BitOperations.Crc32C(sum, last);
        }

        return ~sum;
    }
}

using System.Buffers.Binary;
using System.IO.Hashing;

namespace ProcessTools.Tests.Peer;

/// <summary>What the tests of queues put in them: bytes that say who put them and in which place, and a checksum over all.</summary>
internal static class QueueItem
{
    /// <summary>The bytes before the filling.</summary>
    public const int HeaderSize = 20;

    private const int ChecksumOffset = 16;

    /// <summary>Makes an item.</summary>
    public static byte[] Make(long producer, long number, int size)
    {
        byte[] item = new byte[Math.Max(size, HeaderSize)];
        new Random(HashCode.Combine(producer, number)).NextBytes(item);
        BinaryPrimitives.WriteInt64LittleEndian(item, producer);
        BinaryPrimitives.WriteInt64LittleEndian(item.AsSpan(8), number);
        BinaryPrimitives.WriteUInt32LittleEndian(item.AsSpan(ChecksumOffset), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(item.AsSpan(ChecksumOffset), Crc32.HashToUInt32(item));
        return item;
    }

    /// <summary>Checks an item.</summary>
    /// <exception cref="InvalidDataException">It is not what was put.</exception>
    public static (long Producer, long Number) Check(byte[] item)
    {
        if (item.Length < HeaderSize)
        {
            throw new InvalidDataException($"An item of {item.Length} bytes.");
        }

        (long, long) name = (BinaryPrimitives.ReadInt64LittleEndian(item), BinaryPrimitives.ReadInt64LittleEndian(item.AsSpan(8)));
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(item.AsSpan(ChecksumOffset));
        BinaryPrimitives.WriteUInt32LittleEndian(item.AsSpan(ChecksumOffset), 0);
        return checksum == Crc32.HashToUInt32(item) ? name : throw new InvalidDataException($"The item {name} of {item.Length} bytes is damaged.");
    }

    /// <summary>A size: mostly small, now and then large.</summary>
    public static int SizeOf(long number, int most) => (number % 7) switch
    {
        0 => most,
        1 => most / 3,
        _ => (int)(number * 31 % 200),
    };
}

using System.Buffers.Binary;

namespace ProcessTools.Tests.Queues;

/// <summary>What producers and consumers of the tests' peer have written down.</summary>
internal static class QueueLogs
{
    /// <summary>The items that a consumer has taken, in order.</summary>
    public static List<(long Producer, long Number)> ReadTaken(string path)
    {
        byte[] bytes = Read(path);
        List<(long, long)> taken = [];
        for (int i = 0; i + 16 <= bytes.Length; i += 16)
        {
            taken.Add((BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i + 8))));
        }

        return taken;
    }

    /// <summary>How many items a producer has begun to put, and how many it has put.</summary>
    public static (long Begun, long Put) ReadPut(string path)
    {
        byte[] bytes = Read(path);
        return bytes.Length < 16 ? (0, 0) : (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)));
    }

    private static byte[] Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        // Who writes it may be alive.
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

using System.Buffers.Binary;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// Looks through SQLite's log for whole steps that SQLite would drop without a word: it reads up to the first frame whose checksum is wrong, which is right for a log whose end was cut, and loses all that is behind where the disk has
/// changed a bit in its midst. The format is that of https://www.sqlite.org/fileformat2.html#walformat.
/// </summary>
internal static class LogCheck
{
    private const int HeaderSize = 32;
    private const int FrameHeaderSize = 24;
    private const uint Magic = 0x377F0682;
    private const int MostPageSize = 65_536;

    /// <summary>Counts the steps behind a damaged place.</summary>
    /// <param name="path">The log.</param>
    /// <returns>How many whole steps are lost; 0 for a log that is whole, or whose end is missing.</returns>
    public static int CountLost(string path)
    {
        using FileStream log = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 17);
        byte[] header = new byte[HeaderSize];
        if (log.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize)
        {
            return 0;
        }

        uint magic = Number(header, 0);
        int pageSize = (int)Number(header, 8);
        if ((magic & ~1u) != Magic || pageSize is < 512 or > MostPageSize)
        {
            return 0;
        }

        bool isBigEndian = (magic & 1) != 0;
        (uint, uint) sum = (Number(header, 24), Number(header, 28));
        bool isWhole = sum == Sum(header.AsSpan(0, 24), (0, 0), isBigEndian);
        byte[] salt = header[16..24];
        byte[] frame = new byte[FrameHeaderSize + pageSize];
        int lost = 0;
        for (int number = 0; log.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length; number++)
        {
            if (number == 0 && !isWhole)
            {
                // What tells this log's frames from those of an older one may be what is damaged in its header.
                salt = frame[8..16];
            }

            if (!frame.AsSpan(8, 8).SequenceEqual(salt))
            {
                break;
            }

            (uint, uint) expected = (Number(frame, 16), Number(frame, 20));
            bool isRight = Sum(frame.AsSpan(FrameHeaderSize), Sum(frame.AsSpan(0, 8), sum, isBigEndian), isBigEndian) == expected;
            isWhole &= isRight;
            if (isRight && !isWhole && Number(frame, 4) != 0)
            {
                // The last frame of a step, right after the one before it, and behind one that is wrong.
                lost++;
            }

            // The sum goes on from what is written in the frame, so what follows a wrong one can be looked at too.
            sum = expected;
        }

        return lost;
    }

    private static uint Number(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset));

    private static (uint First, uint Second) Sum(ReadOnlySpan<byte> bytes, (uint First, uint Second) sum, bool isBigEndian)
    {
        (uint first, uint second) = sum;
        for (int i = 0; i < bytes.Length; i += 8)
        {
            first += Word(bytes[i..], isBigEndian) + second;
            second += Word(bytes[(i + 4)..], isBigEndian) + first;
        }

        return (first, second);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}

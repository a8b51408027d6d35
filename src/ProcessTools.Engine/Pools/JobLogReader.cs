using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Pools;

/// <summary>Reads a job log line by line; what follows the last line break is no line. Not thread-safe; several may read one file.</summary>
internal sealed class JobLogReader
{
    /// <summary>No line of a log comes near this length; a file with a longer one is something else, and is not read into memory to find out.</summary>
    private const int LongestLine = 64 * 1024;

    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = new byte[4 * LongestLine];
    private long _readTo;
    private int _start;
    private int _end;

    /// <summary>Begins at the beginning of the file.</summary>
    /// <param name="file">The file.</param>
    public JobLogReader(SafeFileHandle file) => _file = file;

    /// <summary>Where the last line that was read ends, its line break included.</summary>
    public long Position => _readTo - (_end - _start);

    /// <summary>Whether a line was longer than any line of a log, so that reading ended there.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line without its line break, until the next call.</param>
    /// <returns>Whether there was a whole one.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_start, length);
                _start += length + 1;
                if (line.EndsWith("\r"u8))
                {
                    line = line[..^1];
                }

                return true;
            }

            if (_end - _start > LongestLine)
            {
                IsTooLong = true;
            }

            if (IsTooLong || !Fill())
            {
                line = default;
                return false;
            }
        }
    }

    /// <summary>Takes a line of the log apart.</summary>
    /// <param name="line">The line, not the header.</param>
    /// <param name="sequence">The item's number.</param>
    /// <param name="input">The item's text.</param>
    /// <returns>Whether it is a line of a log.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out long sequence, out ReadOnlySpan<byte> input)
    {
        sequence = 0;
        input = default;
        Span<Range> fields = stackalloc Range[PoolJobLog.Fields + 1];
        int count = Split(line, fields);
        if (count != PoolJobLog.Fields)
        {
            return false;
        }

        input = line[fields[5]];
        return IsWhole(line[fields[0]], out sequence) && sequence > 0
            && (line[fields[1]].IsEmpty || IsWhole(line[fields[1]], out _))
            && Utf8Parser.TryParse(line[fields[3]], out double _, out int used) && used == line[fields[3]].Length
            && IsWhole(line[fields[4]], out _);
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        int start = 0;
        while (count < fields.Length)
        {
            int length = line[start..].IndexOf((byte)'\t');
            if (length < 0)
            {
                fields[count++] = start..line.Length;
                break;
            }

            fields[count++] = start..(start + length);
            start += length + 1;
        }

        return count;
    }

    private static bool IsWhole(ReadOnlySpan<byte> text, out long value) => Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        int read = RandomAccess.Read(_file, _buffer.AsSpan(_end), _readTo);
        _end += read;
        _readTo += read;
        return read > 0;
    }
}

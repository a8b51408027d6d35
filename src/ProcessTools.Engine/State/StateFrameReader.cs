using System.Buffers.Binary;
using System.Text;

namespace ProcessTools.Engine.State;

/// <summary>Reads what <see cref="StateFrame"/> wrote. Whatever is not there is an error, never a read beyond the end.</summary>
internal ref struct StateFrameReader(ReadOnlyMemory<byte> frame)
{
    private readonly ReadOnlyMemory<byte> _frame = frame;
    private int _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _frame.Length - _position;

    /// <summary>Reads a byte.</summary>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads an integer.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    /// <summary>Reads a long integer.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>Reads how many of something follow, each of at least so many bytes.</summary>
    public int ReadCount(int leastSize)
    {
        int count = ReadInt32();
        return count >= 0 && count <= Left / leastSize ? count : throw Invalid();
    }

    /// <summary>Reads a block.</summary>
    public ReadOnlySpan<byte> ReadBlock() => Take(ReadInt32());

    /// <summary>Reads a block without copying it.</summary>
    public ReadOnlyMemory<byte> ReadMemory()
    {
        int length = ReadInt32();
        Take(length);
        return _frame.Slice(_position - length, length);
    }

    /// <summary>Reads a block that may not be there.</summary>
    public bool TryReadMemory(out ReadOnlyMemory<byte> block)
    {
        int length = ReadInt32();
        if (length == StateFrame.Nothing)
        {
            block = default;
            return false;
        }

        Take(length);
        block = _frame.Slice(_position - length, length);
        return true;
    }

    /// <summary>Reads a text that may not be there.</summary>
    public string? ReadText()
    {
        int length = ReadInt32();
        return length == StateFrame.Nothing ? null : Encoding.UTF8.GetString(Take(length));
    }

    private static InvalidDataFrameException Invalid() => new("A request or response of a shared state ends too early.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Left)
        {
            throw Invalid();
        }

        _position += count;
        return _frame.Span.Slice(_position - count, count);
    }
}

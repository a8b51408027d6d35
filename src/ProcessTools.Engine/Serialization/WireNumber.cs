using System.Buffers.Binary;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>A serialized number of the types that scripts count with, Int32, Int64 and Double, which a state's hub adds to without making an object of it.</summary>
internal readonly struct WireNumber
{
    private readonly bool _isDouble;
    private readonly bool _isLong;
    private readonly long _integer;
    private readonly double _real;

    private WireNumber(long integer, bool isLong)
    {
        _integer = integer;
        _isLong = isLong;
    }

    private WireNumber(double real)
    {
        _real = real;
        _isDouble = true;
    }

    /// <summary>The number 0.</summary>
    public static WireNumber Zero { get; } = new(0, isLong: false);

    /// <summary>Reads a serialized value.</summary>
    /// <returns>False when it is no number of these types.</returns>
    public static bool TryRead(ReadOnlySpan<byte> value, out WireNumber number)
    {
        number = default;
        if (value.IsEmpty)
        {
            return false;
        }

        byte code = value[0];
        switch (code)
        {
            case <= MessagePackCode.MaxFixInt or >= MessagePackCode.MinNegativeFixInt when value.Length == 1:
                number = new((sbyte)code, isLong: false);
                return true;
            case MessagePackCode.UInt8 when value.Length == 2:
                number = new(value[1], isLong: false);
                return true;
            case MessagePackCode.Int8 when value.Length == 2:
                number = new((sbyte)value[1], isLong: false);
                return true;
            case MessagePackCode.UInt16 when value.Length == 3:
                number = new(BinaryPrimitives.ReadUInt16BigEndian(value[1..]), isLong: false);
                return true;
            case MessagePackCode.Int16 when value.Length == 3:
                number = new(BinaryPrimitives.ReadInt16BigEndian(value[1..]), isLong: false);
                return true;
            case MessagePackCode.UInt32 when value.Length == 5 && BinaryPrimitives.ReadUInt32BigEndian(value[1..]) <= int.MaxValue:
            case MessagePackCode.Int32 when value.Length == 5:
                number = new(BinaryPrimitives.ReadInt32BigEndian(value[1..]), isLong: false);
                return true;
            case MessagePackCode.Float64 when value.Length == 9:
                number = new(BinaryPrimitives.ReadDoubleBigEndian(value[1..]));
                return true;
            case MessagePackCode.FixExt1 when IsInt64(value, 1):
                number = new((sbyte)value[2], isLong: true);
                return true;
            case MessagePackCode.FixExt2 when IsInt64(value, 2):
                number = new(BinaryPrimitives.ReadInt16LittleEndian(value[2..]), isLong: true);
                return true;
            case MessagePackCode.FixExt4 when IsInt64(value, 4):
                number = new(BinaryPrimitives.ReadInt32LittleEndian(value[2..]), isLong: true);
                return true;
            case MessagePackCode.FixExt8 when IsInt64(value, 8):
                number = new(BinaryPrimitives.ReadInt64LittleEndian(value[2..]), isLong: true);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Adds: integers stay integers and become Int64 where Int32 is too small; with a Double the sum is one.</summary>
    /// <returns>False when the sum is no Int64.</returns>
    public static bool TryAdd(WireNumber one, WireNumber other, out WireNumber sum)
    {
        if (one._isDouble || other._isDouble)
        {
            sum = new(one.AsDouble + other.AsDouble);
            return true;
        }

        long total = unchecked(one._integer + other._integer);
        bool hasOverflown = ((one._integer ^ total) & (other._integer ^ total)) < 0;
        sum = new(total, one._isLong || other._isLong || total != (int)total);
        return !hasOverflown;
    }

    /// <summary>Serializes it as <see cref="ObjectSerializer"/> does.</summary>
    public byte[] ToBytes()
    {
        PooledBufferWriter buffer = new(256);
        MessagePackWriter writer = new(buffer);
        if (_isDouble)
        {
            writer.Write(_real);
        }
        else if (_isLong)
        {
            Wire.WriteIntegerExtension(ref writer, WireCode.Int64, _integer);
        }
        else
        {
            writer.Write((int)_integer);
        }

        writer.Flush();
        byte[] bytes = buffer.WrittenSpan.ToArray();
        buffer.Dispose();
        return bytes;
    }

    private double AsDouble => _isDouble ? _real : _integer;

    private static bool IsInt64(ReadOnlySpan<byte> value, int length) => value.Length == length + 2 && (sbyte)value[1] == WireCode.Int64;
}

using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Numbers and characters. An <see cref="int"/> is MessagePack's own integer; the other widths say what they are.</summary>
internal static class NumberFormatters
{
    /// <summary>Adds the formatters of numbers.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table)
    {
        table.Add(typeof(string), new DelegateFormatter<string>(Wire.WriteString, Wire.WriteString));
        table.Add(typeof(bool), new DelegateFormatter<bool>(static (ref w, v, _) => w.Write(v), static (ref w, v, _) => w.Write(v)));
        table.Add(typeof(int), new DelegateFormatter<int>(static (ref w, v, _) => w.Write(v), static (ref w, v, _) => w.Write(v)));
        table.Add(typeof(double), new DelegateFormatter<double>(static (ref w, v, _) => w.Write(v), static (ref w, v, _) => w.Write(v)));
        table.Add(typeof(float), new DelegateFormatter<float>(static (ref w, v, _) => w.Write(v), static (ref w, v, _) => w.Write(v)));
        table.Add(typeof(sbyte), new LazyFormatter(static () => Integer<sbyte>(WireCode.SByte, static v => v)));
        table.Add(typeof(byte), new LazyFormatter(static () => Integer<byte>(WireCode.Byte, static v => (sbyte)v)));
        table.Add(typeof(short), new LazyFormatter(static () => Integer<short>(WireCode.Int16, static v => v)));
        table.Add(typeof(ushort), new LazyFormatter(static () => Integer<ushort>(WireCode.UInt16, static v => (short)v)));
        table.Add(typeof(uint), new LazyFormatter(static () => Integer<uint>(WireCode.UInt32, static v => (int)v)));
        table.Add(typeof(long), new LazyFormatter(static () => Integer<long>(WireCode.Int64, static v => v)));
        table.Add(typeof(nint), new LazyFormatter(static () => Integer<nint>(WireCode.IntPtr, static v => v)));
        table.Add(typeof(ulong), new LazyFormatter(static () => Unsigned<ulong>(WireCode.UInt64, static v => v)));
        table.Add(typeof(nuint), new LazyFormatter(static () => Unsigned<nuint>(WireCode.UIntPtr, static v => v)));
        table.Add(typeof(char), new DelegateFormatter<char>(
            static (ref w, v, _) => Wire.WriteIntegerExtension(ref w, WireCode.Char, (short)v),
            static (ref w, v, c) => Wire.WriteString(ref w, v.ToString(), c)));
        table.Add(typeof(decimal), new LazyFormatter(static () => new DelegateFormatter<decimal>(WriteDecimal, static (ref w, v, _) => w.Write(v.ToString(CultureInfo.InvariantCulture)))));
        table.Add(typeof(BigInteger), new LazyFormatter(static () => new DelegateFormatter<BigInteger>(WriteBigInteger, static (ref w, v, _) => w.Write(v.ToString(CultureInfo.InvariantCulture)))));
        table.Add(typeof(Half), new LazyFormatter(static () => new DelegateFormatter<Half>(
            static (ref w, v, _) => Wire.WriteIntegerExtension(ref w, WireCode.Half, BitConverter.HalfToInt16Bits(v)),
            static (ref w, v, _) => w.Write((float)v))));
        table.Add(typeof(Int128), new LazyFormatter(static () => new DelegateFormatter<Int128>(
            static (ref w, v, _) => WriteInt128(ref w, WireCode.Int128, (UInt128)v), static (ref w, v, _) => w.Write(v.ToString(CultureInfo.InvariantCulture)))));
        table.Add(typeof(UInt128), new LazyFormatter(static () => new DelegateFormatter<UInt128>(
            static (ref w, v, _) => WriteInt128(ref w, WireCode.UInt128, v), static (ref w, v, _) => w.Write(v.ToString(CultureInfo.InvariantCulture)))));
    }

    /// <summary>Adds the readers of numbers.</summary>
    /// <param name="table">The table by code.</param>
    public static void AddTo(ReadPayload?[] table)
    {
        table[WireCode.SByte] = static (in p, _) => checked((sbyte)Wire.IntegerOf(p));
        table[WireCode.Byte] = static (in p, _) => (byte)checked((sbyte)Wire.IntegerOf(p));
        table[WireCode.Int16] = static (in p, _) => checked((short)Wire.IntegerOf(p));
        table[WireCode.UInt16] = static (in p, _) => (ushort)checked((short)Wire.IntegerOf(p));
        table[WireCode.UInt32] = static (in p, _) => (uint)checked((int)Wire.IntegerOf(p));
        table[WireCode.Int64] = static (in p, _) => Wire.IntegerOf(p);
        table[WireCode.UInt64] = static (in p, _) => (ulong)Wire.IntegerOf(p);
        table[WireCode.IntPtr] = static (in p, _) => checked((nint)Wire.IntegerOf(p));
        table[WireCode.UIntPtr] = static (in p, _) => checked((nuint)(ulong)Wire.IntegerOf(p));
        table[WireCode.Char] = static (in p, _) => (char)checked((short)Wire.IntegerOf(p));
        table[WireCode.Half] = static (in p, _) => BitConverter.Int16BitsToHalf(checked((short)Wire.IntegerOf(p)));
        table[WireCode.Decimal] = ReadDecimal;
        table[WireCode.BigInteger] = static (in p, c) =>
        {
            c.Charge(p.Length * 2);
            return new BigInteger(p.IsSingleSegment ? p.FirstSpan : p.ToArray());
        };
        table[WireCode.Int128] = static (in p, _) => (Int128)ReadInt128(p);
        table[WireCode.UInt128] = static (in p, _) => ReadInt128(p);
    }

    private static DelegateFormatter<T> Integer<T>(sbyte code, Func<T, long> bits)
        where T : IBinaryInteger<T> =>
        new((ref w, v, _) => Wire.WriteIntegerExtension(ref w, code, bits(v)), static (ref w, v, _) => w.Write(long.CreateChecked(v)));

    private static DelegateFormatter<T> Unsigned<T>(sbyte code, Func<T, ulong> bits)
        where T : IBinaryInteger<T> =>
        new((ref w, v, _) => Wire.WriteIntegerExtension(ref w, code, (long)bits(v)), static (ref w, v, _) => w.Write(ulong.CreateChecked(v)));

    private static void WriteDecimal(ref MessagePackWriter writer, decimal value, WriteContext context)
    {
        Span<int> parts = stackalloc int[4];
        Span<byte> bytes = stackalloc byte[16];
        decimal.GetBits(value, parts);
        for (int i = 0; i < parts.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(i * 4)..], parts[i]);
        }

        Wire.WriteExtension(ref writer, WireCode.Decimal, bytes);
    }

    private static object ReadDecimal(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        Span<int> parts = stackalloc int[4];
        Span<byte> bytes = stackalloc byte[16];
        Wire.CopyExactly(payload, bytes);
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * 4)..]);
        }

        return new decimal(parts);
    }

    private static void WriteBigInteger(ref MessagePackWriter writer, BigInteger value, WriteContext context)
    {
        int length = value.GetByteCount();
        context.Charge(length);
        writer.WriteExtensionFormatHeader(new ExtensionHeader(WireCode.BigInteger, length));
        value.TryWriteBytes(writer.GetSpan(length), out int written);
        writer.Advance(written);
    }

    private static void WriteInt128(ref MessagePackWriter writer, sbyte code, UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, value);
        Wire.WriteExtension(ref writer, code, bytes);
    }

    private static UInt128 ReadInt128(in ReadOnlySequence<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[16];
        Wire.CopyExactly(payload, bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Dates and times.</summary>
internal static class TimeFormatters
{
    private const int KindShift = 62;
    private const long TicksMask = (1L << KindShift) - 1;

    /// <summary>Adds the formatters of dates and times.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table)
    {
        table.Add(typeof(DateTime), new LazyFormatter(static () => new DelegateFormatter<DateTime>(WriteDateTime, static (ref w, v, _) => w.Write(v.ToUniversalTime()))));
        table.Add(typeof(DateTimeOffset), new LazyFormatter(static () => new DelegateFormatter<DateTimeOffset>(WriteDateTimeOffset, static (ref w, v, _) => w.Write(v.UtcDateTime))));
        table.Add(typeof(DateOnly), new LazyFormatter(static () => new DelegateFormatter<DateOnly>(
            static (ref w, v, _) => Wire.WriteIntegerExtension(ref w, WireCode.DateOnly, v.DayNumber),
            static (ref w, v, _) => w.Write(v.ToString("O", CultureInfo.InvariantCulture)))));
        table.Add(typeof(TimeOnly), new LazyFormatter(static () => new DelegateFormatter<TimeOnly>(
            static (ref w, v, _) => Wire.WriteIntegerExtension(ref w, WireCode.TimeOnly, v.Ticks),
            static (ref w, v, _) => w.Write(v.ToString("O", CultureInfo.InvariantCulture)))));
        table.Add(typeof(TimeSpan), new LazyFormatter(static () => new DelegateFormatter<TimeSpan>(
            static (ref w, v, _) => Wire.WriteIntegerExtension(ref w, WireCode.TimeSpan, v.Ticks),
            static (ref w, v, _) => w.Write(v.ToString("c", CultureInfo.InvariantCulture)))));
    }

    /// <summary>Adds the readers of dates and times.</summary>
    /// <param name="table">The table by code.</param>
    public static void AddTo(ReadPayload?[] table)
    {
        table[WireCode.DateTime] = ReadDateTime;
        table[WireCode.DateTimeOffset] = ReadDateTimeOffset;
        table[WireCode.DateOnly] = static (in p, _) => DateOnly.FromDayNumber(checked((int)Wire.IntegerOf(p)));
        table[WireCode.TimeOnly] = static (in p, _) => new TimeOnly(Wire.IntegerOf(p));
        table[WireCode.TimeSpan] = static (in p, _) => new TimeSpan(Wire.IntegerOf(p));
    }

    private static void WriteDateTime(ref MessagePackWriter writer, DateTime value, WriteContext context)
    {
        // A local time also says its offset, so that a worker in another time zone gets the same moment and all others the same clock.
        bool isLocal = value.Kind == DateTimeKind.Local;
        Span<byte> bytes = stackalloc byte[10];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value.Ticks | ((long)value.Kind << KindShift));
        if (isLocal)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes[8..], (short)TimeZoneInfo.Local.GetUtcOffset(value).TotalMinutes);
        }

        Wire.WriteExtension(ref writer, WireCode.DateTime, isLocal ? bytes : bytes[..8]);
    }

    private static object ReadDateTime(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        Span<byte> bytes = stackalloc byte[10];
        bool isLocal = payload.Length == 10;
        Wire.CopyExactly(payload, isLocal ? bytes : bytes[..8]);
        long data = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        DateTime value = new(data & TicksMask, (DateTimeKind)(int)((ulong)data >> KindShift));
        if (!isLocal)
        {
            return value.Kind != DateTimeKind.Local ? value : throw new InvalidDataFrameException("The data has a local time without its offset.");
        }

        TimeSpan offset = TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(bytes[8..]));
        return TimeZoneInfo.Local.GetUtcOffset(value) == offset
            ? value
            : DateTime.SpecifyKind(value - offset, DateTimeKind.Utc).ToLocalTime();
    }

    private static void WriteDateTimeOffset(ref MessagePackWriter writer, DateTimeOffset value, WriteContext context)
    {
        Span<byte> bytes = stackalloc byte[10];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value.Ticks);
        BinaryPrimitives.WriteInt16LittleEndian(bytes[8..], (short)value.TotalOffsetMinutes);
        Wire.WriteExtension(ref writer, WireCode.DateTimeOffset, bytes);
    }

    private static object ReadDateTimeOffset(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        Span<byte> bytes = stackalloc byte[10];
        Wire.CopyExactly(payload, bytes);
        return new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes), TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(bytes[8..])));
    }
}

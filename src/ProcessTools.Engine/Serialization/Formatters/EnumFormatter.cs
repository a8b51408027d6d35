using System.Globalization;
using System.Management.Automation;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Values of an enum. Where both sides have the enum from .NET or PowerShell itself they come back as they were; others as the number
/// with the type's name and the text, as in remoting.
/// </summary>
internal sealed class EnumFormatter : Formatter
{
    private readonly string _name;
    private readonly byte _underlying;
    private readonly bool _isTrusted;

    /// <summary>Makes the formatter of an enum.</summary>
    /// <param name="type">The enum.</param>
    public EnumFormatter(Type type)
    {
        _name = type.FullName ?? type.Name;
        _underlying = ElementTypes.Find(Enum.GetUnderlyingType(type))!.Code;
        _isTrusted = TrustedTypes.Contains(type);
    }

    /// <summary>Adds the reader of enums.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table) => table[WireCode.Enum] = Read;

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context)
    {
        Wire.WriteMarker(ref writer, _isTrusted ? 2 : 3, WireCode.Enum, _underlying);
        Wire.WriteString(ref writer, _name, context);
        IConvertible number = (IConvertible)value;
        writer.Write(number.GetTypeCode() == TypeCode.UInt64 ? (long)number.ToUInt64(CultureInfo.InvariantCulture) : number.ToInt64(CultureInfo.InvariantCulture));
        if (!_isTrusted)
        {
            Wire.WriteString(ref writer, value.ToString() ?? "", context);
        }
    }

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) =>
        Wire.WriteString(ref writer, value.ToString() ?? "", context);

    private static object Read(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count is not (2 or 3))
        {
            throw new InvalidDataFrameException($"The data has an enum of {count} parts.");
        }

        Type underlying = ElementTypes.FromCode(data).Type;
        string name = Wire.ReadText(ref reader, context);
        long bits = reader.ReadInt64();
        string? text = count == 3 ? Wire.ReadText(ref reader, context) : null;
        if (TrustedTypes.Find(name) is { IsEnum: true } type && Enum.GetUnderlyingType(type) == underlying)
        {
            return Enum.ToObject(type, bits);
        }

        PSObject value = new(Number(underlying, bits));
        value.TypeNames.Clear();
        foreach (string typeName in new[] { name, "System.Enum", "System.ValueType", "System.Object" })
        {
            value.TypeNames.Add("Deserialized." + typeName);
        }

        if (text is not null)
        {
            PowerShellInternals.SetText?.Invoke(value, text);
        }

        return value;
    }

    private static object Number(Type type, long bits) => Type.GetTypeCode(type) switch
    {
        TypeCode.Int32 => checked((int)bits),
        TypeCode.Byte => checked((byte)bits),
        TypeCode.SByte => checked((sbyte)bits),
        TypeCode.Int16 => checked((short)bits),
        TypeCode.UInt16 => checked((ushort)bits),
        TypeCode.UInt32 => checked((uint)bits),
        TypeCode.Int64 => bits,
        TypeCode.UInt64 => (ulong)bits,
        _ => throw new InvalidDataFrameException($"The data has an enum of {type.Name}."),
    };
}

using System.Buffers;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>A <see cref="Type"/>, by its name: of .NET and PowerShell it comes back as itself, any other as its name.</summary>
internal sealed class TypeFormatter : Formatter
{
    /// <summary>Adds the reader of types.</summary>
    /// <param name="table">The table by code.</param>
    public static void AddTo(ReadPayload?[] table) => table[WireCode.Type] = Read;

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context) =>
        Wire.WriteTextExtension(ref writer, WireCode.Type, value.ToString() ?? "", context);

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) =>
        Wire.WriteString(ref writer, value.ToString() ?? "", context);

    private static object Read(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        string name = Wire.TextOf(payload, context);
        return name.EndsWith("[]", StringComparison.Ordinal) && TrustedTypes.Find(name[..^2]) is { } item && !item.IsByRefLike && item != typeof(void)
            ? item.MakeArrayType()
            : TrustedTypes.Find(name) ?? (object)name;
    }
}

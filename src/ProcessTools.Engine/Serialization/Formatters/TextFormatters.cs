using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Net.Mail;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Small values that are, or might be, written as text: identifiers, addresses, names.</summary>
internal static class TextFormatters
{
    // Public in every PowerShell that we run on, but not in the reference assembly that we compile against.
    private static readonly Type? s_semanticVersion = typeof(PSObject).Assembly.GetType("System.Management.Automation.SemanticVersion");
    private static readonly MethodInfo? s_parseSemanticVersion = s_semanticVersion?.GetMethod("Parse", [typeof(string)]);

    /// <summary>Adds the formatters of such values.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table)
    {
        table.Add(typeof(Guid), new LazyFormatter(static () => new DelegateFormatter<Guid>(WriteGuid, static (ref w, v, _) => w.Write(v.ToString()))));
        table.Add(typeof(Version), Text<Version>(WireCode.Version, static v => v.ToString()));
        table.Add(typeof(Uri), Text<Uri>(WireCode.Uri, static v => v.OriginalString));
        table.Add(typeof(MailAddress), Text<MailAddress>(WireCode.MailAddress, static v => v.ToString()));
        table.Add(typeof(CultureInfo), Text<CultureInfo>(WireCode.CultureInfo, static v => v.Name));
        table.Add(typeof(XmlDocument), Text<XmlDocument>(WireCode.Xml, static v => v.OuterXml));
        table.Add(typeof(IPAddress), new DelegateFormatter<IPAddress>(WriteAddress, static (ref w, v, _) => w.Write(v.ToString())));
        table.Add(typeof(Regex), new DelegateFormatter<Regex>(WriteRegex, static (ref w, v, c) => Wire.WriteString(ref w, v.ToString(), c)));
        table.Add(typeof(SwitchParameter), new LazyFormatter(static () => new DelegateFormatter<SwitchParameter>(
            static (ref w, v, _) => Wire.WriteIntegerExtension(ref w, WireCode.Switch, v.IsPresent ? 1 : 0), static (ref w, v, _) => w.Write(v.IsPresent))));
        table.Add(typeof(DBNull), new DelegateFormatter<DBNull>(
            static (ref w, _, _) => Wire.WriteIntegerExtension(ref w, WireCode.DBNull, 0), static (ref w, _, _) => w.WriteNil()));
        if (s_semanticVersion is not null)
        {
            table.Add(s_semanticVersion, Text<object>(WireCode.SemanticVersion, static v => v.ToString() ?? ""));
        }
    }

    /// <summary>Adds the readers of such values.</summary>
    /// <param name="table">The table by code.</param>
    public static void AddTo(ReadPayload?[] table)
    {
        table[WireCode.Guid] = ReadGuid;
        table[WireCode.Version] = static (in p, c) => Version.Parse(Wire.TextOf(p, c));
        table[WireCode.Uri] = static (in p, c) => new Uri(Wire.TextOf(p, c), UriKind.RelativeOrAbsolute);
        table[WireCode.MailAddress] = static (in p, c) => new MailAddress(Wire.TextOf(p, c));
        table[WireCode.CultureInfo] = static (in p, c) => CultureInfo.GetCultureInfo(Wire.TextOf(p, c));
        table[WireCode.Xml] = ReadXml;
        table[WireCode.IPAddress] = ReadAddress;
        table[WireCode.Regex] = ReadRegex;
        table[WireCode.Switch] = static (in p, _) => new SwitchParameter(Wire.IntegerOf(p) != 0);
        table[WireCode.DBNull] = static (in p, _) => DBNull.Value;
        table[WireCode.SemanticVersion] = static (in p, c) => s_parseSemanticVersion?.Invoke(null, [Wire.TextOf(p, c)]) ?? Wire.TextOf(p, c);
        table[WireCode.Utf16String] = ReadUtf16;
    }

    /// <summary>The formatter of a type written as text.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="code">Its code in the full profile.</param>
    /// <param name="text">The text.</param>
    /// <returns>The formatter.</returns>
    internal static DelegateFormatter<T> Text<T>(sbyte code, Func<T, string> text)
        where T : notnull =>
        new((ref w, v, c) => Wire.WriteTextExtension(ref w, code, text(v), c), (ref w, v, c) => Wire.WriteString(ref w, text(v), c));

    private static void WriteGuid(ref MessagePackWriter writer, Guid value, WriteContext context)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        Wire.WriteExtension(ref writer, WireCode.Guid, bytes);
    }

    private static object ReadGuid(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        Span<byte> bytes = stackalloc byte[16];
        Wire.CopyExactly(payload, bytes);
        return new Guid(bytes, bigEndian: true);
    }

    private static void WriteAddress(ref MessagePackWriter writer, IPAddress value, WriteContext context)
    {
        Span<byte> bytes = stackalloc byte[24];
        value.TryWriteBytes(bytes, out int length);
        if (length == 16 && value.ScopeId != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], value.ScopeId);
            length = 24;
        }

        Wire.WriteExtension(ref writer, WireCode.IPAddress, bytes[..length]);
    }

    private static object ReadAddress(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        Span<byte> bytes = stackalloc byte[24];
        if (payload.Length is not (4 or 16 or 24))
        {
            throw new InvalidDataFrameException($"The data has an address of {payload.Length} bytes.");
        }

        payload.CopyTo(bytes);
        return payload.Length == 24
            ? new IPAddress(bytes[..16], BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]))
            : new IPAddress(bytes[..(int)payload.Length]);
    }

    private static void WriteRegex(ref MessagePackWriter writer, Regex value, WriteContext context)
    {
        string pattern = value.ToString();
        int length = Encoding.UTF8.GetByteCount(pattern);
        context.Charge(length);
        writer.WriteExtensionFormatHeader(new ExtensionHeader(WireCode.Regex, length + 12));
        Span<byte> span = writer.GetSpan(length + 12);
        BinaryPrimitives.WriteInt32LittleEndian(span, (int)value.Options);
        BinaryPrimitives.WriteInt64LittleEndian(span[4..], value.MatchTimeout.Ticks);
        Encoding.UTF8.GetBytes(pattern, span[12..]);
        writer.Advance(length + 12);
    }

    private static object ReadRegex(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        Span<byte> head = stackalloc byte[12];
        Wire.CopyExactly(payload.Slice(0, Math.Min(payload.Length, 12)), head);
        RegexOptions options = (RegexOptions)BinaryPrimitives.ReadInt32LittleEndian(head);
        TimeSpan timeout = new(BinaryPrimitives.ReadInt64LittleEndian(head[4..]));
        return new Regex(Wire.TextOf(payload.Slice(12), context), options, timeout);
    }

    private static object ReadXml(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        // A document of many small nodes takes about twenty times its text.
        context.Charge(payload.Length * 20);
        XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using XmlReader reader = XmlReader.Create(new StringReader(Wire.TextOf(payload, context)), settings);
        XmlDocument document = new() { PreserveWhitespace = true, XmlResolver = null };
        document.Load(reader);
        return document;
    }

    private static object ReadUtf16(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        context.Charge(payload.Length);
        if (payload.Length % 2 != 0 || payload.Length > int.MaxValue / 2)
        {
            throw new InvalidDataFrameException($"The data has a UTF-16 string of {payload.Length} bytes.");
        }

        return string.Create((int)payload.Length / 2, payload, static (span, sequence) =>
        {
            // Byte by byte, because a character may lie across two segments.
            int position = 0;
            foreach (ReadOnlyMemory<byte> segment in sequence)
            {
                foreach (byte value in segment.Span)
                {
                    span[position / 2] = position % 2 == 0 ? (char)value : (char)(span[position / 2] | (value << 8));
                    position++;
                }
            }
        });
    }
}

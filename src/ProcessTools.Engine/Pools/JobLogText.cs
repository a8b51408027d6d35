using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Text;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// The text of an item in a job log: one line, the same in every culture and every process, and of bounded length. Two items with the
/// same text count as the same item when a run is resumed. A long text ends with an ellipsis and a hash of the whole.
/// </summary>
internal sealed class JobLogText
{
    /// <summary>The most characters before the ellipsis: enough for a path, and a log of a million items stays small.</summary>
    public const int Longest = 200;

    /// <summary>How deep arrays and dictionaries are followed; one that contains itself has an end that way.</summary>
    private const int Deepest = 4;

    private const ulong HashStart = 14695981039346656037;
    private const ulong HashFactor = 1099511628211;

    private readonly StringBuilder _text = new();
    private ulong _hash = HashStart;
    private bool _cut;
    private bool _onlyBlanks = true;

    private JobLogText()
    {
    }

    /// <summary>Gets the text of an item.</summary>
    /// <param name="input">The item.</param>
    /// <returns>Its text: no tab, no line break, nothing that is not valid in UTF-8.</returns>
    public static string Of(object? input)
    {
        object? value = Unwrapped.OfAllButCustom(input);
        if (value is string text && IsPlain(text))
        {
            return text;
        }

        if (value is int number)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        JobLogText made = new();
        made.Add(value, depth: 0);
        if (!made._cut)
        {
            return made._text.ToString();
        }

        return made._text.Append(CultureInfo.InvariantCulture, $"… #{Mix(made._hash):x16}").ToString();
    }

    /// <summary>Makes a number of a text, so that a log of millions of items can be compared without keeping their texts.</summary>
    /// <param name="text">The text as it is in the file.</param>
    /// <returns>The hash; never zero.</returns>
    public static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = HashStart;
        foreach (byte one in text)
        {
            hash = (hash ^ one) * HashFactor;
        }

        return Math.Max(1, Mix(hash));
    }

    /// <summary>Spreads every bit over the whole hash; without this, differences in the last characters would only reach some of them.</summary>
    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }

    private static bool IsPlain(string text)
    {
        if (text.Length > Longest)
        {
            return false;
        }

        foreach (char one in text)
        {
            if (one == '"' || MustBeEscaped(one) || char.IsSurrogate(one))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MustBeEscaped(char one) => one == '\\' || char.IsControl(one) || one is '\u2028' or '\u2029';

    private void Add(object? input, int depth)
    {
        object? value = Unwrapped.OfAllButCustom(input);
        switch (value)
        {
            case null:
                return;
            case string text:
                Append(text);
                return;
            case DateTime time:
                Append(time.ToString("O", CultureInfo.InvariantCulture));
                return;
            case DateTimeOffset time:
                Append(time.ToString("O", CultureInfo.InvariantCulture));
                return;
            case FileSystemInfo file:
                Append(file.FullName);
                return;
            case byte[] bytes:
                AddBytes(bytes);
                return;
            case IDictionary dictionary when depth < Deepest:
                AddPairs(Pairs(dictionary), depth);
                return;
            case PSObject custom when depth < Deepest:
                AddPairs(Pairs(custom), depth);
                return;
            case ICollection list when depth < Deepest:
                AddList(list, depth);
                return;
            default:
                Append(ToText(value));
                return;
        }
    }

    /// <summary>Gets a value's own text, whatever its type's code does.</summary>
    private static string ToText(object value)
    {
        try
        {
            string? text = value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value.ToString();
            return text ?? string.Empty;
        }
        catch (Exception)
        {
            return value.GetType().FullName ?? string.Empty;
        }
    }

    private void AddBytes(ReadOnlySpan<byte> bytes)
    {
        Append("0x");
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, 1024)];
            Append(Convert.ToHexString(part));
            bytes = bytes[part.Length..];
        }
    }

    private void AddList(ICollection list, int depth)
    {
        if (depth > 0)
        {
            Append("(");
        }

        bool first = true;
        foreach (object? one in list)
        {
            if (!first)
            {
                Append(", ");
            }

            first = false;
            Add(one, depth + 1);
        }

        if (depth > 0)
        {
            Append(")");
        }
    }

    private void AddPairs(IEnumerable<KeyValuePair<string, object?>> pairs, int depth)
    {
        Append("@{");
        bool first = true;
        foreach ((string name, object? value) in pairs)
        {
            if (!first)
            {
                Append("; ");
            }

            first = false;
            Append(name);
            Append("=");
            Add(value, depth + 1);
        }

        Append("}");
    }

    /// <summary>Gets a dictionary's pairs in an order that is the same in every process; a hashtable's own is not.</summary>
    private static List<KeyValuePair<string, object?>> Pairs(IDictionary dictionary)
    {
        List<KeyValuePair<string, object?>> pairs = new(dictionary.Count);
        foreach (DictionaryEntry entry in dictionary)
        {
            pairs.Add(new KeyValuePair<string, object?>(ToText(entry.Key), entry.Value));
        }

        if (dictionary is not IOrderedDictionary)
        {
            pairs.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        }

        return pairs;
    }

    /// <summary>Gets the properties that hold their values; the others would run code of the script's.</summary>
    private static IEnumerable<KeyValuePair<string, object?>> Pairs(PSObject custom)
    {
        foreach (PSPropertyInfo property in custom.Properties)
        {
            if (property is PSNoteProperty)
            {
                yield return new KeyValuePair<string, object?>(property.Name, property.Value);
            }
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        for (int index = 0; index < text.Length; index++)
        {
            char one = text[index];
            _hash = (_hash ^ one) * HashFactor;
            if (_cut)
            {
                continue;
            }

            if (char.IsHighSurrogate(one) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
            {
                index++;
                _hash = (_hash ^ text[index]) * HashFactor;
                Keep(text.Slice(index - 1, 2));
            }
            else
            {
                AppendOne(one);
            }
        }
    }

    private void AppendOne(char one)
    {
        switch (one)
        {
            case '\t':
                Keep(@"\t");
                break;
            case '\n':
                Keep(@"\n");
                break;
            case '\r':
                Keep(@"\r");
                break;
            case '\\':
                Keep(@"\\");
                break;
            case '"' when _onlyBlanks:
                // Import-Csv would take a quote at the beginning of a field as the beginning of a quoted text, and lose lines.
                Keep("\\\"");
                break;
            default:
                if (MustBeEscaped(one) || char.IsSurrogate(one))
                {
                    Span<char> escape = stackalloc char[6];
                    escape.TryWrite(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}", out _);
                    Keep(escape);
                }
                else
                {
                    Keep(MemoryMarshal.CreateReadOnlySpan(ref one, 1));
                }

                break;
        }

        _onlyBlanks &= char.IsWhiteSpace(one);
    }

    private void Keep(ReadOnlySpan<char> text)
    {
        if (_text.Length + text.Length > Longest)
        {
            _cut = true;
            return;
        }

        _text.Append(text);
    }
}

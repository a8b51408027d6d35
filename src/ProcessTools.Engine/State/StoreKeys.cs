using System.Diagnostics.CodeAnalysis;
using System.Text;
using MessagePack;

namespace ProcessTools.Engine.State;

/// <summary>
/// Compares serialized keys: byte by byte, or, without regard to upper and lower case, texts as PowerShell's hashtables do (ordinal). Equal texts that differ in case only have serialized forms of the same length as long as they are
/// ASCII; others are decoded.
/// </summary>
internal sealed class StoreKeys : IEqualityComparer<byte[]>
{
    private const int MostOnStack = 256;

    private readonly bool _ignoreCase;

    private StoreKeys(bool ignoreCase)
    {
        _ignoreCase = ignoreCase;
    }

    /// <summary>Upper and lower case are different.</summary>
    public static StoreKeys CaseSensitive { get; } = new(ignoreCase: false);

    /// <summary>Upper and lower case are the same.</summary>
    public static StoreKeys IgnoreCase { get; } = new(ignoreCase: true);

    /// <inheritdoc/>
    public bool Equals(byte[]? x, byte[]? y)
    {
        if (x is null || y is null)
        {
            return ReferenceEquals(x, y);
        }

        if (x.AsSpan().SequenceEqual(y))
        {
            return true;
        }

        if (!_ignoreCase || !TryGetText(x, out ReadOnlySpan<byte> one) || !TryGetText(y, out ReadOnlySpan<byte> other))
        {
            return false;
        }

        return Ascii.IsValid(one)
            ? one.Length == other.Length && Ascii.EqualsIgnoreCase(one, other)
            : !Ascii.IsValid(other) && Encoding.UTF8.GetString(one).Equals(Encoding.UTF8.GetString(other), StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] byte[] key)
    {
        HashCode hash = default;
        if (!_ignoreCase || !TryGetText(key, out ReadOnlySpan<byte> text))
        {
            hash.AddBytes(key);
            return hash.ToHashCode();
        }

        if (!Ascii.IsValid(text))
        {
            return Encoding.UTF8.GetString(text).GetHashCode(StringComparison.OrdinalIgnoreCase);
        }

        byte[]? large = text.Length > MostOnStack ? new byte[text.Length] : null;
        Span<byte> upper = large ?? stackalloc byte[MostOnStack];
        Ascii.ToUpper(text, upper, out int length);
        hash.AddBytes(upper[..length]);
        return hash.ToHashCode();
    }

    /// <summary>The characters of a key that is a text.</summary>
    private static bool TryGetText(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> text)
    {
        byte code = key.Length > 0 ? key[0] : (byte)0;
        int header = code switch
        {
            >= MessagePackCode.MinFixStr and <= MessagePackCode.MaxFixStr => 1,
            MessagePackCode.Str8 => 2,
            MessagePackCode.Str16 => 3,
            MessagePackCode.Str32 => 5,
            _ => 0,
        };
        text = header > 0 && header <= key.Length ? key[header..] : default;
        return header > 0 && header <= key.Length;
    }
}

using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Numerics;

namespace ProcessTools.Engine.Serialization;

/// <summary>The table of element types. The numbers are on the wire and never reused.</summary>
internal static class ElementTypes
{
    private static readonly ElementType[] s_all =
    [
        new ElementType<object?>(0),
        new ElementType<string?>(1),
        new BlittableElementType<int>(2),
        new BlittableElementType<bool>(3),
        new BlittableElementType<double>(4),
        new BlittableElementType<float>(5),
        new BlittableElementType<sbyte>(6),
        new BlittableElementType<byte>(7),
        new BlittableElementType<short>(8),
        new BlittableElementType<ushort>(9),
        new BlittableElementType<uint>(10),
        new BlittableElementType<long>(11),
        new BlittableElementType<ulong>(12),
        new BlittableElementType<char>(13),
        new ElementType<decimal>(14),
        new ElementType<BigInteger>(15),
        new ElementType<DateTime>(16),
        new ElementType<DateTimeOffset>(17),
        new ElementType<DateOnly>(18),
        new ElementType<TimeOnly>(19),
        new ElementType<TimeSpan>(20),
        new ElementType<Guid>(21),
        new ElementType<Version?>(22),
        new ElementType<Uri?>(23),
        new ElementType<IPAddress?>(24),
        new ElementType<CultureInfo?>(25),
        new ElementType<PSObject?>(26),
        new ElementType<Hashtable?>(27),
        new ElementType<ScriptBlock?>(28),
        new ElementType<Type?>(29),
        new ElementType<SwitchParameter>(30),
        new ElementType<byte[]?>(31),
    ];

    private static readonly FrozenDictionary<Type, ElementType> s_byType = s_all.ToFrozenDictionary(e => e.Type);

    /// <summary>All of them, by number.</summary>
    public static IReadOnlyList<ElementType> All => s_all;

    /// <summary>The element type of a .NET type, or null.</summary>
    /// <param name="type">The .NET type.</param>
    /// <returns>The element type.</returns>
    public static ElementType? Find(Type type) => s_byType.GetValueOrDefault(type);

    /// <summary>The element type of a number on the wire.</summary>
    /// <param name="code">The number.</param>
    /// <returns>The element type.</returns>
    public static ElementType FromCode(long code) =>
        code >= 0 && code < s_all.Length ? s_all[code] : throw new InvalidDataFrameException($"The data has an element type {code}, which does not exist.");
}

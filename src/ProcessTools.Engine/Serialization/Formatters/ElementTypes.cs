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
    // The place in the list is the number.
    private static readonly LazyElementType[] s_all =
    [
        new(typeof(object), static code => new ElementType<object?>(code)),
        new(typeof(string), static code => new ElementType<string?>(code)),
        new(typeof(int), static code => new BlittableElementType<int>(code)),
        new(typeof(bool), static code => new BlittableElementType<bool>(code)),
        new(typeof(double), static code => new BlittableElementType<double>(code)),
        new(typeof(float), static code => new BlittableElementType<float>(code)),
        new(typeof(sbyte), static code => new BlittableElementType<sbyte>(code)),
        new(typeof(byte), static code => new BlittableElementType<byte>(code)),
        new(typeof(short), static code => new BlittableElementType<short>(code)),
        new(typeof(ushort), static code => new BlittableElementType<ushort>(code)),
        new(typeof(uint), static code => new BlittableElementType<uint>(code)),
        new(typeof(long), static code => new BlittableElementType<long>(code)),
        new(typeof(ulong), static code => new BlittableElementType<ulong>(code)),
        new(typeof(char), static code => new BlittableElementType<char>(code)),
        new(typeof(decimal), static code => new ElementType<decimal>(code)),
        new(typeof(BigInteger), static code => new ElementType<BigInteger>(code)),
        new(typeof(DateTime), static code => new ElementType<DateTime>(code)),
        new(typeof(DateTimeOffset), static code => new ElementType<DateTimeOffset>(code)),
        new(typeof(DateOnly), static code => new ElementType<DateOnly>(code)),
        new(typeof(TimeOnly), static code => new ElementType<TimeOnly>(code)),
        new(typeof(TimeSpan), static code => new ElementType<TimeSpan>(code)),
        new(typeof(Guid), static code => new ElementType<Guid>(code)),
        new(typeof(Version), static code => new ElementType<Version?>(code)),
        new(typeof(Uri), static code => new ElementType<Uri?>(code)),
        new(typeof(IPAddress), static code => new ElementType<IPAddress?>(code)),
        new(typeof(CultureInfo), static code => new ElementType<CultureInfo?>(code)),
        new(typeof(PSObject), static code => new ElementType<PSObject?>(code)),
        new(typeof(Hashtable), static code => new ElementType<Hashtable?>(code)),
        new(typeof(ScriptBlock), static code => new ElementType<ScriptBlock?>(code)),
        new(typeof(Type), static code => new ElementType<Type?>(code)),
        new(typeof(SwitchParameter), static code => new ElementType<SwitchParameter>(code)),
        new(typeof(byte[]), static code => new ElementType<byte[]?>(code)),
    ];

    private static readonly FrozenDictionary<Type, LazyElementType> s_byType = s_all.ToFrozenDictionary(static lazy => lazy.Type);

    /// <summary>The element type of a .NET type, or null.</summary>
    /// <param name="type">The .NET type.</param>
    /// <returns>The element type.</returns>
    public static ElementType? Find(Type type) => s_byType.TryGetValue(type, out LazyElementType? lazy) ? Made(lazy) : null;

    /// <summary>The element type of a number on the wire.</summary>
    /// <param name="code">The number.</param>
    /// <returns>The element type.</returns>
    public static ElementType FromCode(long code) =>
        code >= 0 && code < s_all.Length ? Made(s_all[code]) : throw new InvalidDataFrameException($"The data has an element type {code}, which does not exist.");

    private static ElementType Made(LazyElementType lazy) => lazy.Made ??= lazy.Make((byte)Array.IndexOf(s_all, lazy));

    /// <summary>An element type that is made when it is first asked for, for the reason that <see cref="LazyFormatter"/> gives.</summary>
    private sealed class LazyElementType(Type type, Func<byte, ElementType> make)
    {
        public Type Type { get; } = type;

        public Func<byte, ElementType> Make { get; } = make;

        public ElementType? Made { get; set; }
    }
}

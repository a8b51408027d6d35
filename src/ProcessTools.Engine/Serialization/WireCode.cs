namespace ProcessTools.Engine.Serialization;

/// <summary>
/// The MessagePack extension codes of the full profile; FORMAT.md has the payload of each. Codes below <see cref="FirstComposite"/> are
/// values; those from it on are markers: one byte long, the first element of an array that is something other than an <c>object[]</c>.
/// Numbers are never reused.
/// </summary>
internal static class WireCode
{
    public const sbyte SByte = 1;
    public const sbyte Byte = 2;
    public const sbyte Int16 = 3;
    public const sbyte UInt16 = 4;
    public const sbyte UInt32 = 5;
    public const sbyte Int64 = 6;
    public const sbyte UInt64 = 7;
    public const sbyte Char = 8;
    public const sbyte Decimal = 9;
    public const sbyte BigInteger = 10;
    public const sbyte DateTime = 11;
    public const sbyte DateTimeOffset = 12;
    public const sbyte DateOnly = 13;
    public const sbyte TimeOnly = 14;
    public const sbyte TimeSpan = 15;
    public const sbyte Guid = 16;
    public const sbyte Version = 17;
    public const sbyte SemanticVersion = 18;
    public const sbyte Uri = 19;
    public const sbyte Regex = 20;
    public const sbyte IPAddress = 21;
    public const sbyte MailAddress = 22;
    public const sbyte CultureInfo = 23;
    public const sbyte Type = 24;
    public const sbyte Switch = 25;
    public const sbyte DBNull = 26;
    public const sbyte Half = 27;
    public const sbyte Int128 = 28;
    public const sbyte UInt128 = 29;
    public const sbyte IntPtr = 30;
    public const sbyte UIntPtr = 31;
    public const sbyte Utf16String = 32;
    public const sbyte Xml = 33;
    public const sbyte SecureString = 34;
    public const sbyte PrimitiveArray = 35;

    /// <summary>The first code of a marker.</summary>
    public const sbyte FirstComposite = 64;

    public const sbyte Object = 64;
    public const sbyte ObjectWithText = 65;
    public const sbyte Wrapped = 66;
    public const sbyte Array = 67;
    public const sbyte JaggedArray = 68;
    public const sbyte MultiDimensionalArray = 69;
    public const sbyte ArrayList = 70;
    public const sbyte Hashtable = 71;
    public const sbyte OrderedDictionary = 72;
    public const sbyte Collection = 73;
    public const sbyte Dictionary = 74;
    public const sbyte Entry = 75;
    public const sbyte Enum = 76;
    public const sbyte ScriptBlock = 77;
    public const sbyte Exception = 78;
    public const sbyte ErrorRecord = 79;
    public const sbyte Record = 80;
    public const sbyte Credential = 81;
    public const sbyte Handle = 82;
}

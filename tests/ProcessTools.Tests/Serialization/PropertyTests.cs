using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Numerics;
using CsCheck;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

/// <summary>For thousands of made-up values: what comes back equals what was sent.</summary>
public sealed class PropertyTests
{
    private const int Iterations = 5_000;

    private static readonly Gen<object?> s_scalar = Gen.OneOf<object?>(
        Gen.Const((object?)null),
        Gen.Bool.Select(static v => (object?)v),
        Gen.Int.Select(static v => (object?)v),
        Gen.SByte.Select(static v => (object?)v),
        Gen.Byte.Select(static v => (object?)v),
        Gen.Short.Select(static v => (object?)v),
        Gen.UShort.Select(static v => (object?)v),
        Gen.UInt.Select(static v => (object?)v),
        Gen.Long.Select(static v => (object?)v),
        Gen.ULong.Select(static v => (object?)v),
        Gen.Float.Select(static v => (object?)v),
        Gen.Double.Select(static v => (object?)v),
        Gen.Decimal.Select(static v => (object?)v),
        Gen.Char.Select(static v => (object?)v),
        Gen.String.Select(static v => (object?)v),
        Gen.String.Select(static v => (object?)v),
        Gen.Guid.Select(static v => (object?)v),
        Gen.DateTime.Select(Gen.Int[0, 2], static (v, k) => (object?)DateTime.SpecifyKind(v, (DateTimeKind)k)),
        Gen.DateTimeOffset.Select(static v => (object?)v),
        Gen.DateOnly.Select(static v => (object?)v),
        Gen.TimeOnly.Select(static v => (object?)v),
        Gen.TimeSpan.Select(static v => (object?)v),
        Gen.Byte.Array.Select(static v => (object?)v),
        Gen.Byte.Array[0, 40].Select(static v => (object?)new BigInteger(v)),
        Gen.Enum<DayOfWeek>().Select(static v => (object?)v));

    private static readonly Gen<object?> s_any = Gen.Recursive<object?>(static (depth, self) => depth > 4 ? s_scalar : Gen.Frequency(
        (6, s_scalar),
        (1, self.Array[0, 6].Select(static v => (object?)v)),
        (1, self.List[0, 6].Select(static v => (object?)new ArrayList(v))),
        (1, self.List[0, 6].Select(static v => (object?)v)),
        (1, Gen.Int.Array[0, 20].Select(static v => (object?)v)),
        (1, Gen.String.Array[0, 6].Select(static v => (object?)v)),
        (1, Gen.Double.List[0, 6].Select(static v => (object?)v)),
        (1, Gen.Dictionary(Gen.String, Gen.Long)[0, 6].Select(static v => (object?)v)),
        (1, Gen.Dictionary(Gen.String, self)[0, 6].Select(static v => (object?)new Hashtable(v))),
        (1, Gen.Dictionary(Gen.Int, self)[0, 6].Select(static v => Ordered(v))),
        (2, Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 8], self)[0, 6].Select(Gen.Bool, static (v, named) => Custom(v, named)))));

    [Fact]
    public void Whatever_is_sent_in_the_full_profile_comes_back_equal() => s_any.Sample(
        static value => Assert.True(Wires.Same(value, Wires.RoundTrip(value))), iter: Iterations);

    [Fact]
    public void Whatever_is_sent_arrives_equal_in_pieces_of_any_size() => s_any.Select(Gen.Int[1, 64]).Sample(
        static (value, size) => Assert.True(Wires.Same(value, ObjectSerializer.Full.Deserialize(Wires.Split(Wires.Write(value), size)))),
        iter: Iterations / 4);

    [Fact]
    public void What_came_back_from_the_plain_profile_comes_back_the_same_again() => s_any.Sample(
        static value =>
        {
            object? once = Wires.RoundTrip(value, ObjectSerializer.Plain);
            Assert.True(Wires.Same(once, Wires.RoundTrip(once, ObjectSerializer.Plain)));
        },
        iter: Iterations);

    [Fact]
    public void Every_string_comes_back_equal() => Gen.Char.Array[0, 300].Select(static c => new string(c)).Sample(
        static text => Assert.Equal(text, Wires.RoundTrip(text)), iter: Iterations);

    [Fact]
    public void Bytes_are_the_same_for_the_same_value() => s_any.Sample(
        static value => Assert.Equal(Wires.Write(value), Wires.Write(value)), iter: Iterations / 4);

    private static OrderedDictionary Ordered(Dictionary<int, object?> values)
    {
        OrderedDictionary map = new(StringComparer.OrdinalIgnoreCase);
        foreach ((int key, object? value) in values)
        {
            map.Add(key, value);
        }

        return map;
    }

    private static PSObject Custom(Dictionary<string, object?> values, bool isNamed)
    {
        PSObject value = new();
        foreach ((string key, object? item) in values)
        {
            if (value.Properties[key] is null)
            {
                value.Properties.Add(new PSNoteProperty(key, item));
            }
        }

        if (isNamed)
        {
            value.TypeNames.Insert(0, "Made.Up");
        }

        return value;
    }
}

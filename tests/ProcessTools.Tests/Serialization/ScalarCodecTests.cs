using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

/// <summary>The short way for plain values writes and reads what the long way does.</summary>
public sealed class ScalarCodecTests
{
    public static TheoryData<object?> Values =>
    [
        null!, true, false, 0, 1, 31, 127, 128, 255, 256, 65_535, 65_536, int.MaxValue, -1, -32, -33, -128, -129, -32_768, -32_769, int.MinValue,
        "", "a", new string('x', 31), new string('x', 32), new string('x', 255), new string('x', 256), "Ünï", "a\0b", "\ud800",
        1L, 1.5, (byte)1, 'c', "text with 31 characters and an ä",
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Both_ways_are_the_same(object? value)
    {
        using PooledBufferWriter expected = new();
        ObjectSerializer.Full.Serialize(expected, value);
        using PooledBufferWriter actual = new();
        bool isWritten = ScalarCodec.TryWrite(actual, value);
        Assert.Equal(value is null or bool or int || (value is string { Length: <= 255 } text && text.All(char.IsAscii)), isWritten);
        Assert.Equal(isWritten ? expected.WrittenSpan.ToArray() : [], actual.WrittenSpan.ToArray());
        if (ScalarCodec.TryRead(expected.WrittenSpan, out object? read))
        {
            Assert.Equal(value, read);
            Assert.Equal(value?.GetType(), read?.GetType());
        }

        Assert.Equal(value, ObjectSerializer.Full.Deserialize(expected.WrittenMemory));
        for (int length = 0; length < expected.WrittenCount; length++)
        {
            Assert.False(ScalarCodec.TryRead(expected.WrittenSpan[..length], out _) && length == 0);
        }
    }
}

using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

public sealed class PayloadTests
{
    [Fact]
    public void Fields_come_back_in_order()
    {
        using PooledBufferWriter buffer = new();
        PayloadWriter writer = new(ObjectSerializer.Full, buffer);
        Guid id = Guid.NewGuid();
        writer.WriteByte(200);
        writer.WriteInt32(-5);
        writer.WriteInt64(long.MaxValue);
        writer.WriteBoolean(true);
        writer.WriteDouble(1.5);
        writer.WriteString("text");
        writer.WriteString(null);
        writer.WriteBytes([1, 2]);
        writer.WriteGuid(id);
        writer.WriteTimeSpan(TimeSpan.FromSeconds(3));
        writer.WriteStrings(["a", null]);
        writer.WriteCount(2);
        writer.WriteObject(Wires.Custom(("Name", 1)));
        writer.WriteObject(Wires.Custom(("Name", 2)));
        writer.WriteObjects([1, "x", null]);
        writer.WriteMapOfObjects(new Dictionary<string, object?> { ["a"] = 1L });
        writer.WriteMapOfObjects(null);
        writer.Flush();

        PayloadReader reader = new(ObjectSerializer.Full, buffer.WrittenMemory);
        Assert.Equal(200, reader.ReadByte());
        Assert.Equal(-5, reader.ReadInt32());
        Assert.Equal(long.MaxValue, reader.ReadInt64());
        Assert.True(reader.ReadBoolean());
        Assert.Equal(1.5, reader.ReadDouble());
        Assert.Equal("text", reader.ReadText());
        Assert.Null(reader.ReadString());
        Assert.Equal([1, 2], System.Buffers.BuffersExtensions.ToArray(reader.ReadBytes()));
        Assert.Equal(id, reader.ReadGuid());
        Assert.Equal(TimeSpan.FromSeconds(3), reader.ReadTimeSpan());
        Assert.Equal(["a", null], reader.ReadStrings());
        Assert.Equal(2, reader.ReadCount());
        Assert.True(Wires.Same(Wires.Custom(("Name", 1)), reader.ReadObject()));
        Assert.True(Wires.Same(Wires.Custom(("Name", 2)), reader.ReadObject()));
        Assert.Equal(new object?[] { 1, "x", null }, reader.ReadObjects());
        Assert.Equal(1L, reader.ReadMapOfObjects()!["A"]);
        Assert.Null(reader.ReadMapOfObjects());
        Assert.True(reader.End);
    }

    [Fact]
    public void A_field_of_another_kind_or_no_field_is_our_error()
    {
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 0xa1, 0x61 }).ReadInt32());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 0xcd, 0xff, 0xff }).ReadByte());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 1 }).ReadString());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 0xc0 }).ReadText());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 0xc4, 1, 1 }).ReadGuid());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, ReadOnlyMemory<byte>.Empty).ReadObject());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 0xdd, 0x7f, 0, 0, 0 }).ReadObjects());
        Assert.Throws<InvalidDataFrameException>(() => new PayloadReader(ObjectSerializer.Full, new byte[] { 0xdf, 0x7f, 0, 0, 0 }).ReadMapOfObjects());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_handle_travels_inside_any_object_in_either_profile(int profile)
    {
        ObjectSerializer serializer = new((WireProfile)profile, null, [new PassFormatter()]);
        object?[] copy = Assert.IsType<object?[]>(Wires.RoundTrip(new object[] { 1, new DerivedPass(7, "seven") }, serializer));
        Assert.Equal(new Pass(7, "seven"), copy[1]);
        Assert.Equal(new Pass(8, "eight"), Wires.RoundTrip((object)new Pass(8, "eight"), serializer));
        byte[] bytes = Wires.Write(new Pass(8, "eight"), serializer);
        Assert.ThrowsAny<ProcessToolsException>(() => Wires.Read(bytes, new ObjectSerializer(WireProfile.Full)));
    }

    private record Pass(int Number, string Name);

    private sealed record DerivedPass(int Number, string Name) : Pass(Number, Name);

    private sealed class PassFormatter : IHandleFormatter
    {
        public string TypeKey => "pass";

        public Type HandledType => typeof(Pass);

        public void Write(ref PayloadWriter writer, object handle)
        {
            writer.WriteInt32(((Pass)handle).Number);
            writer.WriteString(((Pass)handle).Name);
        }

        public object Read(ref PayloadReader reader) => new Pass(reader.ReadInt32(), reader.ReadText());
    }
}

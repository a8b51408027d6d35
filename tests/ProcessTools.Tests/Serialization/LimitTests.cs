using System.Buffers;
using System.Collections;
using System.Management.Automation;
using MessagePack;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

public sealed class LimitTests
{
    [Fact]
    public void A_cycle_is_refused_with_the_way_to_it()
    {
        Hashtable table = [];
        table["Items"] = new object[] { 1, 2, new ArrayList { Wires.Custom(("Owner", table)) } };
        NotSerializableException error = Assert.Throws<NotSerializableException>(() => Wires.Write(table));
        Assert.Contains("contains itself", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("$.Items[2][0].Owner", error.Path, StringComparison.Ordinal);
        Assert.Same(table, error.Target);

        PSObject self = new();
        self.Properties.Add(new PSNoteProperty("Self", self));
        Assert.Contains("contains itself", Assert.Throws<NotSerializableException>(() => Wires.Write(self, ObjectSerializer.Plain)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_is_limited_on_both_sides()
    {
        object value = 1;
        for (int i = 0; i < 64; i++)
        {
            value = new object[] { value };
        }

        byte[] bytes = Wires.Write(value);
        Wires.Read(bytes);
        NotSerializableException error = Assert.Throws<NotSerializableException>(() => Wires.Write(new object[] { value }));
        Assert.Contains("deeper than 64", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read([0x91, .. bytes]));
        ObjectSerializer deep = new(WireProfile.Full, new SerializerLimits { MaxDepth = 100_000 });
        byte[] tooDeep = [.. Enumerable.Repeat((byte)0x91, 99_000), 0xc0];
        Assert.Throws<InvalidDataFrameException>(() => deep.Deserialize(tooDeep));
    }

    [Fact]
    public void An_error_record_that_is_its_own_target_ends()
    {
        ArrayList target = [];
        ErrorRecord record = new(new IOException("io"), "Id", ErrorCategory.ReadError, target);
        target.Add(record);
        Assert.IsType<ErrorRecord>(Wires.RoundTrip((object)record));
    }

    [Theory]
    [InlineData(new byte[] { 0xdd, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0xdf, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0xc6, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0xdb, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0xc9, 0xff, 0xff, 0xff, 0xff, 35, 2 })]
    [InlineData(new byte[] { 0xdd, 0x7f, 0xff, 0xff, 0xff, 0xd4, 70, 0 })]
    [InlineData(new byte[] { 0x94, 0xd4, 69, 2, 0xce, 0x7f, 0xff, 0xff, 0xff, 0xce, 0x7f, 0xff, 0xff, 0xff, 0xc0 })]
    public void A_header_that_claims_two_billion_elements_allocates_nothing(byte[] frame)
    {
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read(frame));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read(frame));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void A_frame_of_small_containers_cannot_take_more_memory_than_the_limit()
    {
        ObjectSerializer small = new(WireProfile.Full, new SerializerLimits { MaxMemory = 1 << 20 });
        byte[] frame = new byte[100_005];
        frame[0] = 0xdd;
        frame[2] = 0x01;
        frame[3] = 0x86;
        frame[4] = 0xa0;
        Array.Fill(frame, (byte)0x80, 5, 100_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataFrameException>(() => small.Deserialize(frame));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void Size_and_number_of_elements_are_limited_on_both_sides()
    {
        ObjectSerializer small = new(WireProfile.Full, new SerializerLimits { MaxBytes = 1000, MaxElements = 100 });
        Assert.Throws<NotSerializableException>(() => Wires.Write(new byte[1001], small));
        Assert.Throws<NotSerializableException>(() => Wires.Write(new string('x', 1001), small));
        Assert.Throws<NotSerializableException>(() => Wires.Write(new object[101], small));
        Assert.Throws<NotSerializableException>(() => Wires.Write(Forever(), small));
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read(Wires.Write(new byte[1001]), small));
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read(Wires.Write(new object[101]), small));
        Assert.Equal(900, Assert.IsType<byte[]>(Wires.RoundTrip(new byte[900], small)).Length);
    }

    [Fact]
    public void What_means_nothing_elsewhere_is_refused_by_name()
    {
        NotSerializableException error = Assert.Throws<NotSerializableException>(() => Wires.Write(Wires.Custom(("A", new object[] { 1, (Action)(static () => { }) }))));
        Assert.Equal("$.A[1]", error.Path);
        Assert.Contains("System.Action", error.Message, StringComparison.Ordinal);
        Assert.Throws<NotSerializableException>(() => Wires.Write(Task.CompletedTask));
        Assert.Throws<NotSerializableException>(() => Wires.Write(Thread.CurrentThread));
        using PowerShell shell = PowerShell.Create(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2());
        Assert.Throws<NotSerializableException>(() => Wires.Write(shell));
    }

    [Fact]
    public void A_collection_that_changes_or_throws_while_it_is_sent_gives_our_error()
    {
        NotSerializableException error = Assert.Throws<NotSerializableException>(() => Wires.Write(Failing()));
        Assert.Contains("broken", error.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(error.InnerException);
        Assert.Equal(5, Wires.RoundTrip((object)5));
    }

    [Fact]
    public void Keys_made_to_collide_are_refused_at_once()
    {
        // The hash of a long is its halves, exclusive or: all of these have the same.
        ArrayBufferWriter<byte> buffer = new();
        MessagePackWriter writer = new(buffer);
        const int Count = 200_000;
        writer.WriteMapHeader(Count);
        for (long i = 0; i < Count; i++)
        {
            writer.Write(((i + 1) << 32) | (i + 1));
            writer.WriteNil();
        }

        writer.Flush();
        byte[] frame = buffer.WrittenSpan.ToArray();
        Assert.Contains("hash", Assert.Throws<InvalidDataFrameException>(() => Wires.Read(frame)).Message, StringComparison.Ordinal);
        Assert.Contains("hash", Assert.Throws<InvalidDataFrameException>(() => Wires.Read(frame, ObjectSerializer.Plain)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_after_the_value_are_refused()
    {
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read([0x01, 0x02]));
        Assert.Throws<InvalidDataFrameException>(() => Wires.Read([]));
    }

    [Fact]
    public void No_type_is_made_that_the_wire_names()
    {
        Assert.Null(TrustedTypes.Find("ProcessTools.Tests.Serialization.LimitTests"));
        Assert.Null(TrustedTypes.Find("System.Collections.Generic.List`1[System.Int32]"));
        Assert.Equal(typeof(DayOfWeek), TrustedTypes.Find("System.DayOfWeek"));
        Assert.Equal(typeof(ErrorCategory), TrustedTypes.Find("System.Management.Automation.ErrorCategory"));
        for (int i = 0; i < 3000; i++)
        {
            Assert.Null(TrustedTypes.Find($"No.Such.Type{i}"));
        }
    }

    private static IEnumerable<int> Forever()
    {
        for (int i = 0; ; i++)
        {
            yield return i;
        }
    }

    private static IEnumerable<int> Failing()
    {
        yield return 1;
        throw new IOException("broken");
    }
}

using System.Collections;
using System.Management.Automation;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Arrays of primitive types in shared memory, in this process and between several.</summary>
public sealed class MemoryArrayTests : IDisposable
{
    private readonly List<SyncSegment> _segments = [];
    private readonly List<PeerProcess> _peers = [];

    public static TheoryData<Array> Arrays =>
    [
        new bool[] { true, false, true },
        new char[] { 'a', '\uFFFF', '\0' },
        new sbyte[] { -1, sbyte.MinValue, 5 },
        new byte[] { 1, 255, 0, 7, 9 },
        new short[] { -1, 300, short.MinValue },
        new ushort[] { 1, ushort.MaxValue, 3 },
        new int[] { 1, -1, int.MaxValue },
        new uint[] { 1, uint.MaxValue, 3 },
        new long[] { 1, long.MinValue, 3 },
        new ulong[] { 1, ulong.MaxValue, 3 },
        new float[] { 1.5f, float.NaN, -0f },
        new double[] { 1.5, double.NaN, double.PositiveInfinity },
        new DateTime[] { new(2026, 7, 1, 0, 0, 0, DateTimeKind.Local), new(5, DateTimeKind.Utc), new(7) },
        new TimeSpan[] { TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.FromSeconds(1) },
    ];

    public void Dispose()
    {
        foreach (PeerProcess peer in _peers)
        {
            peer.Dispose();
        }

        foreach (SyncSegment segment in _segments)
        {
            segment.Unlink();
        }
    }

    [Theory]
    [MemberData(nameof(Arrays))]
    public void An_array_keeps_the_type_and_every_bit_of_its_elements(Array initial)
    {
        SharedArray array = Make(initial);
        Assert.Equal(SharedObjectKind.Array, array.Kind);
        Assert.Equal(initial.GetType().GetElementType(), array.ElementType);
        Assert.Equal(initial.Length, array.Count);
        Assert.Equal(initial.Length, array.Length);
        Assert.Equal(initial, array.ToArray());
        Assert.Equal(initial.GetType(), array.ToArray().GetType());
        Assert.Equal(initial.Cast<object>(), array.Cast<object>());
        Assert.Equal(initial.Cast<object>(), Enumerable.Range(0, initial.Length).Select(index => array[index]));

        SharedArray other = Make(array.ElementType, initial.Length);
        other.CopyFrom(initial);
        Assert.Equal(initial, other.ToArray());
        Assert.Equal(array.GetBytes(), other.GetBytes());
        Array copy = Array.CreateInstance(array.ElementType, initial.Length + 1);
        other.CopyTo(copy, 1);
        Assert.Equal(initial.Cast<object>(), copy.Cast<object>().Skip(1));
        object[] boxed = new object[initial.Length];
        other.CopyTo(boxed, 0);
        Assert.Equal(initial.Cast<object>(), boxed);
        if (initial is DateTime[] times)
        {
            Assert.Equal(times.Select(static time => time.Kind), array.Cast<DateTime>().Select(static time => time.Kind));
        }

        other.Clear();
        Assert.All(other.GetBytes(), static one => Assert.Equal(0, one));
        other.Fill(initial.GetValue(1)!);
        Assert.Equal(Enumerable.Repeat(initial.GetValue(1), initial.Length), other.Cast<object>());
        Assert.Equal(0, other.IndexOf(initial.GetValue(1)));
        Assert.Equal(1, array.IndexOf(initial.GetValue(1)));
    }

    [Theory]
    [MemberData(nameof(Arrays))]
    public void What_is_done_with_one_element_touches_no_other(Array initial)
    {
        SharedArray array = Make(initial);
        object first = initial.GetValue(0)!;
        object middle = initial.GetValue(1)!;
        object last = initial.GetValue(initial.Length - 1)!;
        Assert.Equal(middle, array.Swap(1, first));
        Assert.Equal([first, first, last], [array[0], array[1], array[-1]]);
        Assert.True(array.TryUpdate(1, last, first));
        Assert.False(array.TryUpdate(1, last, middle));
        Assert.Equal([first, last, last], [array[0], array[1], array[-1]]);
        array[1] = middle;
        Assert.Equal(initial, array.ToArray());
        if (first is not (bool or char or DateTime or TimeSpan))
        {
            object wanted = LanguagePrimitives.ConvertTo(5, array.ElementType, null);
            array[1] = LanguagePrimitives.ConvertTo(3, array.ElementType, null);
            array.Increment(1);
            Assert.Equal(wanted, array.Increment(1, 1));
            array[1] = middle;
            Assert.Equal(initial, array.ToArray());
        }
    }

    [Fact]
    public void A_negative_index_counts_from_the_end_and_others_are_refused()
    {
        SharedArray array = Make(new[] { 1, 2, 3 });
        Assert.Equal(3, array[-1]);
        Assert.Equal(1, array[-3]);
        array[-2] = 20;
        Assert.Equal(21, array.Increment(-2));
        Assert.Throws<ArgumentOutOfRangeException>(() => array[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[int.MinValue] = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Increment(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.ToArray(1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.ToArray(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.ToArray(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.CopyFrom(new int[2], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.CopyFrom(new int[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.CopyFrom(new int[1], int.MaxValue));
        Assert.Throws<ArgumentException>(() => array.CopyTo(new int[3], 1));
        Assert.Throws<ArgumentException>(() => array.CopyTo(new int[3, 3], 0));
        Assert.Equal(new[] { 21, 3 }, array.ToArray(1, 2));
    }

    [Fact]
    public void Elements_of_other_types_are_converted_or_nothing_is_copied()
    {
        SharedArray array = Make(typeof(double), 3);
        array.CopyFrom(new[] { 1, 2, 3 });
        Assert.Equal(new[] { 1.0, 2, 3 }, array.ToArray());
        array.CopyFrom(new object[] { PSObject.AsPSObject(4), "5.5", (byte)6 });
        Assert.Equal(new[] { 4, 5.5, 6 }, array.ToArray());
        Assert.Throws<PSInvalidCastException>(() => array.CopyFrom(new object[] { 7, "many" }));
        Assert.Equal(new[] { 4, 5.5, 6 }, array.ToArray());
        array.CopyFrom(new long[,] { { 9 }, { 10 } }, 1);
        Assert.Equal(new[] { 4.0, 9, 10 }, array.ToArray());

        SharedArray unsigned = Make(typeof(uint), 2);
        unsigned.CopyFrom(new ushort[] { 1, ushort.MaxValue });
        Assert.Equal(new uint[] { 1, ushort.MaxValue }, unsigned.ToArray());
        Assert.Throws<PSInvalidCastException>(() => unsigned.CopyFrom(new[] { 3, -1 }));
        Assert.Throws<PSInvalidCastException>(() => unsigned.CopyFrom(new sbyte[] { 3, -1 }));
        Assert.Equal(new uint[] { 1, ushort.MaxValue }, unsigned.ToArray());
        unsigned[0] = uint.MaxValue;
        Assert.Throws<PSInvalidCastException>(() => unsigned.CopyTo(new int[2], 0));
        long[] wider = new long[2];
        unsigned.CopyTo(wider, 0);
        Assert.Equal(new long[] { uint.MaxValue, ushort.MaxValue }, wider);
        string[] texts = new string[2];
        unsigned.CopyTo(texts, 0);
        Assert.Equal(["4294967295", "65535"], texts);
    }

    [Fact]
    public void Bytes_and_elements_are_the_memory_itself()
    {
        SharedArray array = Make(typeof(double), 1000);
        array.AsSpan<double>()[999] = 1.5;
        Assert.Equal(1.5, array[999]);
        Assert.Equal(8000, array.AsSpan<byte>().Length);
        array.AsSpan<byte>()[..8].Clear();
        BitConverter.TryWriteBytes(array.AsSpan<byte>()[8..], 2.5);
        Assert.Equal(2.5, array[1]);
        Assert.Throws<InvalidCastException>(() => array.AsSpan<int>().Length);
        SharedArray times = Make(typeof(DateTime), 1);
        times[0] = new DateTime(77, DateTimeKind.Utc);
        Assert.Equal(new DateTime(77, DateTimeKind.Utc).ToBinary(), times.AsSpan<long>()[0]);
        Assert.Throws<InvalidCastException>(() => times.AsSpan<DateTime>().Length);
        GC.KeepAlive(array);
        GC.KeepAlive(times);
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        SharedArray array = Make(new[] { 1, 2, 3 });
        Assert.Equal(1, array.IndexOf(2L));
        Assert.Equal(2, array.IndexOf("3"));
        Assert.Equal(-1, array.IndexOf(2.4));
        Assert.Equal(-1, array.IndexOf(null));
        Assert.Equal(-1, array.IndexOf("many"));
        Assert.False(array.Contains(9));
        Assert.True(array.Contains(1));
    }

    [Fact]
    public void Enumerating_works_on_a_snapshot()
    {
        SharedArray array = Make(new[] { 1, 2, 3 });
        List<object> seen = [];
        foreach (object? item in array)
        {
            array.Fill(9);
            seen.Add(item!);
        }

        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public void The_lock_of_an_array_is_its_own()
    {
        SharedArray array = Make(new[] { 1, 2, 3 });
        Assert.True(array.Lock.Acquire(0));
        Assert.True(array.Lock.Acquire(0));
        Assert.Equal(2, array.Lock.Depth);
        Assert.True(array.Lock.IsHeld);
        array.Lock.Release();
        array.Lock.Release();
        Assert.Throws<LockNotHeldException>(array.Lock.Release);
        Assert.Equal(new[] { 1, 2, 3 }, array.ToArray());
    }

    [Fact]
    public void The_number_of_elements_stays()
    {
        IList list = Make(new[] { 1 });
        Assert.True(list.IsFixedSize);
        Assert.Throws<NotSupportedException>(() => list.Add(1));
        Assert.Throws<NotSupportedException>(() => list.Insert(0, 1));
        Assert.Throws<NotSupportedException>(() => list.Remove(1));
        Assert.Throws<NotSupportedException>(() => list.RemoveAt(0));
    }

    [Fact]
    public void An_array_that_is_made_without_a_type_takes_that_of_its_first_element()
    {
        SharedArray array = Make(new object[] { new PSObject(1.5), 2, (byte)3 });
        Assert.Equal(new[] { 1.5, 2, 3 }, array.ToArray());
        ArgumentException mixed = Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(new object[] { 1, 2.5 }));
        Assert.Contains("The element 1", mixed.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(new object?[] { 1, null }));
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(new object?[] { null }));
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(Array.Empty<object>()));
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(new[] { "text" }));
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(new decimal[] { 1 }));
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(new int[1, 1]));
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(typeof(string), 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ValueObjects.OptionsOf(typeof(int), -1));
        Assert.Empty(Make(typeof(int), 0).ToArray());
    }

    [Fact]
    public void PowerShell_works_with_it_as_with_its_own_arrays()
    {
        using ShellSession session = new();
        object[] output = [.. session.Run(
            """
            param($a)
            $a[3] = 1.5
            $a[-1] = '7'
            $a[3]; $a[-1]; $a.Count; $a.Length
            ($a | ForEach-Object { $_ }) -join ' '
            $a -contains 1.5
            $sum = 0; foreach ($x in $a) { $sum += $x }; $sum
            $a[3] += 1; $a[3]
            $a.Increment(0); $a.Increment(0, 2.5)
            $a.ToArray().GetType().Name
            ($a.ToArray(3, 2)) -join ' '
            $a.CopyFrom((1..5)); $a.CopyFrom((8, 9), 3)
            $a -join ' '
            """,
            Make(typeof(double), 5)).Select(static item => item.BaseObject)];
        Assert.Equal([1.5, 7.0, 5, 5, "0 0 0 1.5 7", true, 8.5, 2.5, 1.0, 3.5, "Double[]", "2.5 7", "1 2 3 8 9"], output);
    }

    [Theory]
    [InlineData(typeof(byte))]
    [InlineData(typeof(short))]
    [InlineData(typeof(int))]
    [InlineData(typeof(double))]
    public async Task Neighbours_that_processes_raise_at_once_are_each_their_own(Type type)
    {
        // What has one or two bytes is changed within four, which others change meanwhile.
        const int Times = 40_001;
        SyncSegment segment = ValueObjects.Create(ValueObjects.OptionsOf(type, 3));
        _segments.Add(segment);
        SharedArray array = (SharedArray)ValueObjects.Open(null!, "a", segment);
        PeerProcess[] peers = [.. new[] { 0, 2 }.Select(index => new PeerProcess("array-wave", segment.Address, $"{index}", $"{Times}"))];
        _peers.AddRange(peers);
        foreach (PeerProcess peer in peers)
        {
            peer.AwaitReady();
        }

        for (int i = 0; i < Times; i++)
        {
            Assert.Equal((i + 1) % 2, Convert.ToInt32(array.Increment(1, i % 2 == 0 ? 1 : -1), null));
        }

        await Task.Run(() => Assert.All(peers, static peer => Assert.Equal("done", peer.ReadLine())), TestContext.Current.CancellationToken);
        Assert.Equal([1, 1, 1], array.Cast<object>().Select(static item => Convert.ToInt32(item, null)));
    }

    [Fact]
    public void An_array_of_more_than_two_GiB_is_one_array()
    {
        const int Count = 300_000_000;
        Assert.SkipUnless(MachineMemory.Available > 6L << 30, "The machine has no memory to spare for 2.4 GB.");
        SharedArray array;
        try
        {
            array = Make(typeof(long), Count);
        }
        catch (SharedMemoryFullException)
        {
            Assert.Skip("The memory file system has no room for 2.4 GB.");
            return;
        }

        array[-1] = 5;
        Assert.Equal(6L, array.Increment(Count - 1));
        Assert.Equal(Count - 1, array.IndexOf(6));
        Assert.Equal(new long[] { 0, 6 }, array.ToArray(Count - 2, 2));
        Assert.Equal(6, array.AsSpan<long>()[Count - 1]);
        Assert.Throws<InvalidOperationException>(() => array.AsSpan<byte>().Length);
        Assert.Throws<InvalidOperationException>(() => array.GetBytes());
        _segments[^1].Unlink();
        _segments[^1].Dispose();
    }

    private SharedArray Make(Array initial) => Open(ValueObjects.OptionsOf(initial));

    private SharedArray Make(Type type, int count) => Open(ValueObjects.OptionsOf(type, count));

    private SharedArray Open(SyncOptions options)
    {
        SyncSegment segment = ValueObjects.Create(options);
        _segments.Add(segment);
        return (SharedArray)ValueObjects.Open(null!, "a", segment);
    }
}

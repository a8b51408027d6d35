using System.Diagnostics;
using System.Management.Automation;
using System.Numerics;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>One value of a primitive type in shared memory, in this process and between several.</summary>
public sealed class MemoryValueTests : IDisposable
{
    private readonly List<SyncSegment> _segments = [];
    private readonly List<PeerProcess> _peers = [];

    public static TheoryData<object, object> Values => new()
    {
        { true, false },
        { 'x', '\uFFFF' },
        { sbyte.MinValue, sbyte.MaxValue },
        { byte.MinValue, byte.MaxValue },
        { short.MinValue, short.MaxValue },
        { ushort.MinValue, ushort.MaxValue },
        { int.MinValue, int.MaxValue },
        { uint.MinValue, uint.MaxValue },
        { long.MinValue, long.MaxValue },
        { ulong.MinValue, ulong.MaxValue },
        { float.MinValue, float.Epsilon },
        { double.NaN, double.NegativeInfinity },
        { new DateTime(2026, 11, 23, 1, 2, 3, DateTimeKind.Utc), new DateTime(1, DateTimeKind.Unspecified) },
        { new DateTime(2026, 7, 1, 1, 2, 3, 4, DateTimeKind.Local), DateTime.MaxValue },
        { TimeSpan.FromDays(-3), TimeSpan.MaxValue },
    };

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
    [MemberData(nameof(Values))]
    public void A_value_keeps_its_type_and_every_bit(object first, object second)
    {
        SharedValue value = Make(first);
        Assert.Equal(SharedObjectKind.Value, value.Kind);
        Assert.Equal(first.GetType(), value.ValueType);
        AssertSame(first, value.Value);

        value.Value = second;
        AssertSame(second, value.Value);
        AssertSame(second, value.Swap(first));
        Assert.False(value.TryUpdate(first, second));
        Assert.True(value.TryUpdate(second, first));
        AssertSame(second, Reopen(value).Value);
    }

    [Fact]
    public void What_is_set_is_converted_as_PowerShell_converts()
    {
        SharedValue value = Make(7);
        value.Value = "12";
        Assert.Equal(12, value.Value);
        value.Value = 13.0;
        Assert.Equal(13, value.Value);
        value.Value = PSObject.AsPSObject(14);
        Assert.Equal(14, value.Value);
        Assert.Equal(14, value.Swap((byte)15));
        Assert.Throws<PSInvalidCastException>(() => value.Value = "many");
        Assert.Throws<PSInvalidCastException>(() => value.Value = 5_000_000_000);
        Assert.Equal(15, value.Value);
    }

    [Theory]
    [InlineData(15L, true)]
    [InlineData("15", true)]
    [InlineData(15.0, true)]
    [InlineData(15.4, false)]
    [InlineData(5_000_000_000, false)]
    [InlineData("many", false)]
    [InlineData(null, false)]
    public void What_is_expected_is_compared_by_its_value_and_never_rounded(object? expected, bool isDone)
    {
        SharedValue value = Make(15);
        Assert.Equal(isDone, value.TryUpdate(1, expected!));
        Assert.Equal(isDone ? 1 : 15, value.Value);
    }

    [Fact]
    public void Not_a_number_is_expected_like_any_other_value()
    {
        SharedValue value = Make(double.NaN);
        Assert.True(value.TryUpdate(-0.0, double.NaN));
        Assert.True(value.TryUpdate(1.5, 0.0));
        Assert.Equal(1.5, value.Value);
    }

    [Theory]
    [InlineData((sbyte)5)]
    [InlineData((byte)5)]
    [InlineData((short)5)]
    [InlineData((ushort)5)]
    [InlineData(5)]
    [InlineData(5u)]
    [InlineData(5L)]
    [InlineData(5ul)]
    [InlineData(5f)]
    [InlineData(5.0)]
    public void Every_number_is_raised_and_lowered(object initial)
    {
        SharedValue value = Make(initial);
        Type type = initial.GetType();
        AssertSame(Convert.ChangeType(6, type, null), value.Increment());
        AssertSame(Convert.ChangeType(16, type, null), value.Increment(10L));
        AssertSame(Convert.ChangeType(15, type, null), value.Decrement());
        AssertSame(Convert.ChangeType(12, type, null), value.Increment((short)-3));
        AssertSame(Convert.ChangeType(14, type, null), value.Increment(2.0));
        AssertSame(Convert.ChangeType(17, type, null), value.Increment("3"));
        AssertSame(Convert.ChangeType(17, type, null), value.Value);
    }

    [Theory]
    [InlineData(sbyte.MaxValue, 1)]
    [InlineData(byte.MinValue, -1)]
    [InlineData(short.MinValue, -1)]
    [InlineData(ushort.MaxValue, 70_000)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, long.MaxValue)]
    [InlineData(uint.MinValue, -1)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, -1)]
    [InlineData(ulong.MaxValue, 1)]
    [InlineData(ulong.MinValue, long.MinValue)]
    [InlineData(1L, 1e30)]
    public void A_sum_that_the_type_has_not_changes_nothing(object initial, object by)
    {
        SharedValue value = Make(initial);
        OverflowException exception = Assert.Throws<OverflowException>(() => value.Increment(by));
        Assert.Contains(initial.GetType().Name, exception.Message, StringComparison.Ordinal);
        AssertSame(initial, value.Value);
    }

    [Fact]
    public void A_number_that_no_long_holds_can_be_added_when_the_sum_fits()
    {
        Assert.Equal(long.MaxValue, Make(-1L).Increment(1ul << 63));
        Assert.Equal(ulong.MaxValue, Make(0ul).Increment(new BigInteger(ulong.MaxValue)));
        Assert.Equal(0ul, Make(ulong.MaxValue).Increment(-(decimal)ulong.MaxValue));
    }

    [Fact]
    public void A_fraction_is_added_to_fractions_only()
    {
        Assert.Equal(6.5, Make(5.0).Increment(1.5));
        Assert.Equal(6.5f, Make(5f).Increment(1.5m));
        SharedValue whole = Make(5);
        Assert.Throws<ArgumentException>(() => whole.Increment(1.5));
        Assert.Throws<ArgumentException>(() => whole.Increment(1.5f));
        Assert.Throws<ArgumentException>(() => whole.Increment(1.5m));
        Assert.Throws<PSInvalidCastException>(() => whole.Increment("some"));
        Assert.Equal(5, whole.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData('a')]
    public void What_is_no_number_is_not_raised(object initial)
    {
        SharedValue value = Make(initial);
        Assert.Throws<InvalidOperationException>(() => value.Increment());
        Assert.Throws<InvalidOperationException>(() => value.Decrement());
        AssertSame(initial, value.Value);
    }

    [Fact]
    public void To_times_a_time_span_is_added_and_no_number()
    {
        DateTime begin = new(2026, 11, 23, 0, 0, 0, DateTimeKind.Utc);
        SharedValue time = Make(begin);
        AssertSame(begin.AddHours(1), time.Increment(TimeSpan.FromHours(1)));
        AssertSame(begin, time.Increment("-01:00:00"));
        Assert.Throws<InvalidOperationException>(() => time.Increment());
        Assert.Throws<InvalidOperationException>(() => time.Increment(5.0));
        Assert.Throws<OverflowException>(() => time.Increment(TimeSpan.MaxValue));
        AssertSame(begin, time.Value);

        SharedValue span = Make(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(3), span.Increment(new PSObject(TimeSpan.FromMinutes(2))));
        Assert.Throws<InvalidOperationException>(() => span.Increment());
        Assert.Throws<OverflowException>(() => span.Increment(TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.FromMinutes(3), span.Value);
    }

    [Theory]
    [InlineData("text")]
    [InlineData(ConsoleColor.Red)]
    public void Only_primitive_types_can_be_values(object initial)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(initial));
        Assert.Contains(initial.GetType().FullName!, exception.Message, StringComparison.Ordinal);
        Assert.Contains("Int32", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decimal_or_nothing_cannot_be_a_value()
    {
        Assert.Throws<ArgumentException>(() => ValueObjects.OptionsOf(1m));
        Assert.Throws<ArgumentNullException>(() => ValueObjects.OptionsOf((object)null!));
    }

    [Fact]
    public void What_PowerShell_wraps_is_taken_as_what_it_is() => Assert.Equal(5L, Make(new PSObject(5L)).Value);

    [Fact]
    public void The_text_of_a_value_is_PowerShells() => Assert.Equal("1.5", Make(1.5).ToString());

    [Fact]
    public void A_script_block_makes_the_new_value_and_runs_again_when_it_was_changed_meanwhile()
    {
        using ShellSession session = new();
        PSObject[] output = [.. session.Run(
            """
            param($value)
            $value.Update({ $_ + 1 })
            $value.Update({ param($n) $n * 2 })
            $runs = @(0)
            $value.Update({ if ($runs[0]++ -eq 0) { $value.Value = 100 }; $_ + 1 })
            $runs[0]
            try { $value.Update({ }) } catch { $_.Exception.InnerException.Message }
            try { $value.Update({ 1; 2 }) } catch { $_.Exception.InnerException.Message }
            try { $value.Update({ throw 'no' }) } catch { "$_" }
            $value.Value
            $value.Increment(5)
            $value.Value += 2
            $value.Value
            """,
            Make(4))];
        Assert.Equal([5, 10, 101, 2], output.Take(4).Select(static item => item.BaseObject));
        Assert.StartsWith("The script block wrote 0 objects", (string)output[4].BaseObject, StringComparison.Ordinal);
        Assert.StartsWith("The script block wrote 2 objects", (string)output[5].BaseObject, StringComparison.Ordinal);
        Assert.Contains("no", (string)output[6].BaseObject, StringComparison.Ordinal);
        Assert.Equal([101, 106, 108], output.Skip(7).Select(static item => item.BaseObject));
    }

    [Fact]
    public void The_memory_of_a_lock_is_no_value_and_not_all_that_is_named_is_there()
    {
        SyncSegment segment = SyncSegment.Create(new SyncOptions { Kind = SharedObjectKind.Value, ElementType = TypeCode.String }, 8192);
        _segments.Add(segment);
        Assert.Throws<InvalidSegmentException>(() => ValueObjects.Open(null!, "v", segment));
        SyncSegment shorter = SyncSegment.Create(new SyncOptions { Kind = SharedObjectKind.Array, ElementType = TypeCode.Int32, Count = 1024 }, 8191);
        _segments.Add(shorter);
        Assert.Throws<InvalidSegmentException>(() => ValueObjects.Open(null!, "a", shorter));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0L)]
    [InlineData(0.0)]
    public async Task No_increment_of_several_processes_at_once_is_lost(object initial)
    {
        const int Each = 60_000;
        (SyncSegment segment, SharedValue value) = MakeAt(initial);
        (SyncSegment journal, SharedArray _) = MakeJournal(2);
        PeerProcess[] peers = [.. Enumerable.Range(0, 2).Select(cell => Start("value-increment", segment.Address, $"{Each}", journal.Address, $"{cell}"))];
        foreach (PeerProcess peer in peers)
        {
            peer.AwaitReady();
        }

        for (int i = 0; i < Each; i++)
        {
            value.Increment();
        }

        await Task.Run(() => Assert.All(peers, static peer => Assert.Equal("done", peer.ReadLine())), TestContext.Current.CancellationToken);
        AssertSame(Convert.ChangeType(3 * Each, initial.GetType(), null), value.Value);
    }

    [Fact]
    public async Task Under_the_lock_of_a_value_two_steps_are_one()
    {
        const int Each = 20_000;
        (SyncSegment segment, SharedValue value) = MakeAt(0L);
        PeerProcess peer = Start("value-locked", segment.Address, $"{Each}");
        peer.AwaitReady();
        for (int i = 0; i < Each; i++)
        {
            value.Lock.Acquire();
            value.Lock.Acquire();
            value.Value = (long)value.Value + 1;
            value.Lock.Release();
            value.Lock.Release();
        }

        await Task.Run(() => Assert.Equal("done", peer.ReadLine()), TestContext.Current.CancellationToken);
        Assert.Equal(2L * Each, value.Value);
        Assert.Equal(value.Name, value.Lock.Name);
        Assert.False(value.Lock.IsLocked);
    }

    [Fact]
    public void The_lock_of_a_value_is_taken_over_from_the_dead_and_stops_no_single_operation()
    {
        (SyncSegment segment, SharedValue value) = MakeAt(0L);
        PeerProcess holder = Start("value-locked", segment.Address, "0");
        holder.AwaitReady();
        Assert.Equal(holder.Id, value.Lock.HolderProcessId);
        Assert.False(value.Lock.Acquire(0));
        Assert.Equal(1L, value.Increment());
        holder.Kill();
        Assert.True(value.Lock.Acquire(30));
        Assert.True(value.Lock.WasAbandoned);
        value.Lock.Release();
    }

    [Fact]
    public void Processes_killed_at_random_instants_leave_every_increment_whole()
    {
        const int Victims = 12;
        Random random = new(20261123);
        (SyncSegment segment, SharedValue value) = MakeAt(0L);
        (SyncSegment journalSegment, SharedArray journal) = MakeJournal(Victims);
        PeerProcess next = Start("value-increment", segment.Address, "-1", journalSegment.Address, "0");
        for (int i = 0; i < Victims; i++)
        {
            PeerProcess victim = next;
            victim.AwaitReady();
            if (i + 1 < Victims)
            {
                next = Start("value-increment", segment.Address, "-1", journalSegment.Address, $"{i + 1}");
            }

            int cell = i;
            long least = random.Next(1, 50_000);
            Until.True(() => (long)journal[cell]! >= least, "the victim is at work");
            victim.Kill();
            Until.True(() => !Processes.IsRunning(victim.Id), "it is dead");
        }

        // Each victim raised its own cell after the value, and died between the two at most once.
        long noted = ((long[])journal.ToArray()).Sum();
        Assert.InRange((long)value.Value, noted, noted + Victims);
    }

    [Fact]
    public void A_value_is_never_seen_half_written()
    {
        (SyncSegment segment, SharedValue value) = MakeAt(0L);
        Start("value-flip", segment.Address).AwaitReady();
        int changes = 0;
        object last = value.Value;
        Until.True(
            () =>
            {
                for (int i = 0; i < 100_000; i++)
                {
                    object now = value.Value;
                    Assert.True(now is 0L or -1L, $"{now:X} is half of both.");
                    changes += now.Equals(last) ? 0 : 1;
                    last = now;
                }

                return changes > 1000;
            },
            "the value changes",
            30);
    }

    [Fact]
    public void An_increment_takes_less_than_a_microsecond()
    {
        SharedValue value = Make(0);
        long best = long.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < 50_000; i++)
            {
                value.Increment();
            }

            best = Math.Min(best, Stopwatch.GetTimestamp() - begin);
        }

        double nanoseconds = best * 1e9 / Stopwatch.Frequency / 50_000;
        TestContext.Current.TestOutputHelper?.WriteLine($"{nanoseconds:F1} ns");
        Assert.InRange(nanoseconds, 0, 1000);
    }

    private static void AssertSame(object expected, object actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        Assert.Equal(expected, actual);
        if (expected is DateTime time)
        {
            Assert.Equal(time.Kind, ((DateTime)actual).Kind);
        }
    }

    private SharedValue Make(object initial) => MakeAt(initial).Value;

    private (SyncSegment Segment, SharedValue Value) MakeAt(object initial)
    {
        SyncSegment segment = ValueObjects.Create(ValueObjects.OptionsOf(initial));
        _segments.Add(segment);
        return (segment, (SharedValue)ValueObjects.Open(null!, "v", segment));
    }

    private (SyncSegment Segment, SharedArray Array) MakeJournal(int count)
    {
        SyncSegment segment = ValueObjects.Create(ValueObjects.OptionsOf(typeof(long), count));
        _segments.Add(segment);
        return (segment, (SharedArray)ValueObjects.Open(null!, "journal", segment));
    }

    private SharedValue Reopen(SharedValue value)
    {
        SyncSegment segment = SyncSegment.Open(_segments[^1].Address, SharedObjectKind.Value);
        SharedValue again = (SharedValue)ValueObjects.Open(null!, "again", segment);
        Assert.NotSame(value, again);
        return again;
    }

    private PeerProcess Start(params string[] arguments)
    {
        PeerProcess peer = new(arguments);
        _peers.Add(peer);
        return peer;
    }
}

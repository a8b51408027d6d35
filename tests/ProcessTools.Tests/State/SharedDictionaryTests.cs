using System.Collections;
using System.Diagnostics;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Dictionaries of a state, in its own process and over lanes.</summary>
public sealed class SharedDictionaryTests(StateSession session) : IClassFixture<StateSession>
{
    public static TheoryData<bool> Sides => [false, true];

    public static TheoryData<object, bool> Keys
    {
        get
        {
            TheoryData<object, bool> keys = [];
            foreach (object key in new object[] { "text", "", "Ünï", 1, -7L, 2.5, 'c', true, 5m, new DateTime(2026, 1, 2), Guid.Empty, DayOfWeek.Friday, new Version(1, 2) })
            {
                keys.Add(key, false);
                keys.Add(key, true);
            }

            return keys;
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Anything_serializable_is_a_key(object key, bool isFar)
    {
        SharedDictionary dictionary = session.Of(isFar).Dictionary();
        dictionary[key] = "value";
        Assert.Equal("value", dictionary[key]);
        Assert.Equal(key, Assert.Single(dictionary.Keys.Cast<object>()));
        Assert.True(dictionary.Remove(key));
        Assert.Null(dictionary[key]);
        Assert.True(dictionary.Count == 0);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Texts_as_keys_are_the_same_in_upper_and_lower_case_unless_it_was_made_otherwise(bool isFar)
    {
        SharedDictionary same = session.Of(isFar).Dictionary();
        same["Größe"] = 1;
        same["GRÖSSE"] = 2;
        same["größe"] = 3;
        same["Key"] = 4;
        same["kEY"] = 5;
        Assert.Equal(["Größe", "GRÖSSE", "Key"], same.Keys.Cast<string>());
        Assert.Equal([3, 2, 5], same.Values.Cast<int>());
        Assert.False(same.IsCaseSensitive);
        SharedDictionary different = session.Of(isFar).Dictionary(null, caseSensitive: true);
        different["Key"] = 4;
        different["kEY"] = 5;
        Assert.Equal(2, different.Count);
        Assert.True(different.IsCaseSensitive);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Each_operation_does_what_it_says(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        Assert.True(d.TryAdd("a", 1));
        Assert.False(d.TryAdd("A", 2));
        Assert.Throws<ArgumentException>(() => d.Add("a", 2));
        Assert.Equal(1, d.GetOrAdd("a", 9));
        Assert.Equal(9, d.GetOrAdd("b", 9));
        Assert.True(d.TryUpdate("b", 10, 9));
        Assert.False(d.TryUpdate("b", 11, 9));
        Assert.False(d.TryUpdate("none", 11, null));
        Assert.Equal(10, d.Swap("b", 20));
        Assert.Null(d.Swap("c", 30));
        Assert.Equal(30, d.Pop("c"));
        Assert.Throws<KeyNotFoundException>(() => d.Pop("c"));
        Assert.Equal("other", d.Pop("c", "other"));
        Assert.True(d.Contains("A"));
        Assert.False(d.ContainsKey("c"));
        Assert.Equal("default", d.Get("c", "default"));
        Assert.Equal(new DictionaryEntry("b", 20), d.PopItem());
        d.SetMany(new Hashtable { ["x"] = 1, ["y"] = new object?[] { 1, "two", null } });
        Assert.Equal([1, null, 1], d.GetMany(new[] { "X", "none", "a" }));
        Assert.Equal([1, "two", null], (object?[])d["y"]!);
        d.Clear();
        Assert.Empty(d);
        Assert.Throws<InvalidOperationException>(() => d.PopItem());
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Numbers_are_added_to_in_one_operation(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        Assert.Equal(1, d.Increment("n"));
        Assert.Equal(6, d.Increment("n", 5));
        Assert.Equal(5, d.Decrement("n"));
        d["n"] = int.MaxValue;
        Assert.Equal(2147483648L, d.Increment("n"));
        d["n"] = long.MaxValue;
        Assert.Throws<NotANumberException>(() => d.Increment("n"));
        Assert.Equal(long.MaxValue, d["n"]);
        Assert.Equal(0.5, d.Increment("r", 0.5));
        Assert.Equal(1.5, d.Increment("r"));
        d["m"] = 1.25m;
        Assert.Equal(2.25m, d.Increment("m"));
        d["b"] = (byte)255;
        Assert.Equal(256L, d.Increment("b"));
        d["t"] = TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.FromSeconds(3), d.Increment("t", TimeSpan.FromSeconds(2)));
        d["s"] = "text";
        Assert.Contains("text", Assert.Throws<NotANumberException>(() => d.Increment("s")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Enumerating_works_on_a_copy_of_one_instant(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        for (int i = 0; i < 100; i++)
        {
            d[i] = i * i;
        }

        int seen = 0;
        foreach (DictionaryEntry entry in d)
        {
            Assert.Equal((int)entry.Key * (int)entry.Key, entry.Value);
            d.Remove(entry.Key);
            seen++;
        }

        Assert.Equal(100, seen);
        Assert.True(d.Count == 0);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Shared_objects_nest_and_stay_shared(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        SharedDictionary inner = session.Of(isFar).Dictionary();
        d["inner"] = inner;
        d["list"] = new object[] { session.Of(isFar).List(), 1 };
        ((SharedDictionary)d["inner"]!)["x"] = 5;
        Assert.Equal(5, inner["x"]);
        Assert.Same(inner, d["inner"]);
        ((SharedList)((object?[])d["list"]!)[0]!).Add("item");
        Assert.Equal(["item"], ((SharedList)((object?[])d["list"]!)[0]!).ToArray());

        // As the other side sees it.
        SharedDictionary other = session.Of(!isFar).Dictionary(d.Name);
        Assert.Equal(5, ((SharedDictionary)other["inner"]!)["x"]);
        session.Of(isFar).Remove(inner.Name);
        Assert.Null(other["inner"]);
        Assert.Throws<SharedObjectRemovedException>(() => inner["x"]);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_change_of_a_key_wakes_those_who_wait_for_it(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        SharedDictionary other = session.Of(!isFar).Dictionary(d.Name);
        d["k"] = 1;
        Assert.False(d.Wait("k", 0.05));
        Task<bool> change = Task.Run(() => d.Wait("k", 20));
        Task<bool> removal = Task.Run(() => d.Wait("gone", 20));
        Until.True(
            () =>
            {
                // Until it waits, it may miss one; every change is one.
                other["k"] = DateTime.UtcNow.Ticks;
                other["unrelated"] = 1;
                return change.IsCompleted;
            },
            "the change is seen");
        Assert.True(await change);
        Assert.False(removal.IsCompleted);
        other["gone"] = 1;
        Assert.True(await removal.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_wait_ends_when_it_is_cancelled_and_the_next_call_works(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        using CancellationTokenSource cancellation = new();
        Task<bool> wait = Task.Run(() => d.Wait("k", Timeout.InfiniteTimeSpan, cancellation.Token));
        cancellation.CancelAfter(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        d["k"] = 1;
        Assert.Equal(1, d["k"]);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void A_wait_for_a_change_that_nobody_can_make_is_refused(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        SharedList l = session.Of(isFar).List();
        session.Of(isFar).Transact(
            () =>
            {
                Assert.Contains("outside the transaction", Assert.Throws<SharedStateBusyException>(() => d.Wait("k", 5)).Message, StringComparison.Ordinal);
                return Assert.Throws<SharedStateBusyException>(() => l.Wait(5));
            },
            Timeout.InfiniteTimeSpan);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void What_is_larger_than_a_ring_passes(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        byte[] large = new byte[20_000_000];
        Random.Shared.NextBytes(large);
        d["large"] = large;
        d["small"] = 1;
        Assert.Equal(large, (byte[])d["large"]!);
        Hashtable many = [];
        for (int i = 0; i < 200_000; i++)
        {
            many[i] = $"value {i}";
        }

        SharedDictionary bulk = session.Of(isFar).Dictionary();
        bulk.SetMany(many);
        Assert.Equal(200_000, bulk.Count);
        Hashtable copy = bulk.ToHashtable();
        Assert.Equal(200_000, copy.Count);
        Assert.Equal("value 199999", copy[199_999]);
    }

    [Fact]
    public async Task Many_threads_of_both_sides_add_up()
    {
        SharedDictionary near = session.Near.Dictionary();
        SharedDictionary far = session.Far.Dictionary(near.Name);
        Task[] tasks = [.. Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            SharedDictionary mine = i % 2 == 0 ? near : far;
            for (int n = 0; n < 2_000; n++)
            {
                mine.Increment("count");
                mine.Increment("decimal", 1m);
            }

            return true;
        }))];
        await Task.WhenAll(tasks);
        Assert.Equal(16_000, near["count"]);
        Assert.Equal(16_000m, far["decimal"]);
    }

    [Fact]
    public void What_cannot_be_shared_is_refused_and_nothing_is_changed()
    {
        SharedDictionary d = session.Far.Dictionary();
        d["k"] = 1;
        Assert.Throws<NotSerializableException>(() => d["k"] = new Thread(() => { }));
        Assert.Throws<NotSerializableException>(() => d["k"] = session.Near);
        Assert.Equal(1, d["k"]);
    }

    [Fact(Explicit = true)]
    public void Speed()
    {
        foreach (bool isFar in new[] { false, true })
        {
            SharedDictionary d = session.Of(isFar).Dictionary();
            d["k"] = 1;
            for (int round = 0; round < 3; round++)
            {
                long begin = Stopwatch.GetTimestamp();
                for (int i = 0; i < 200_000; i++)
                {
                    d["k"] = i;
                }

                double set = Stopwatch.GetElapsedTime(begin).TotalSeconds;
                begin = Stopwatch.GetTimestamp();
                for (int i = 0; i < 200_000; i++)
                {
                    _ = d["k"];
                }

                double get = Stopwatch.GetElapsedTime(begin).TotalSeconds;
                TestContext.Current.TestOutputHelper!.WriteLine($"far {isFar}: set {200_000 / set:n0}/s get {200_000 / get:n0}/s");
            }
        }
    }
}

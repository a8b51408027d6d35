using System.Collections;
using System.Diagnostics;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>What happens to a state, and to its other clients, when a client does what it should not, or stops half-way.</summary>
public sealed class StateRobustnessTests(StateSession session) : IClassFixture<StateSession>
{
    public static TheoryData<bool> Sides => [false, true];

    [Fact]
    public void A_call_given_up_in_a_transaction_ends_it_and_later_calls_of_it_say_so()
    {
        SharedDictionary d = session.Far.Dictionary();
        d["k"] = 1;
        Exception error = Assert.ThrowsAny<Exception>(() => session.Far.Transact(
            () =>
            {
                d["k"] = 2;

                // As a call does that Ctrl+C ends in its middle.
                StateLine line = session.Far.Rent();
                line.Dispose();
                session.Far.Return(line);
                Assert.Throws<InvalidOperationException>(() => d["k"] = 3);
                return d["k"];
            },
            Timeout.InfiniteTimeSpan));
        Assert.IsType<InvalidOperationException>(error);
        Assert.Equal(1, d["k"]);
        d["k"] = 4;
        Assert.Equal(4, session.Near.Dictionary(d.Name)["k"]);
    }

    [Fact]
    public void Garbage_that_waits_behind_a_transaction_is_no_error_of_its_owner()
    {
        SharedDictionary d = session.Near.Dictionary();
        using LaneLine line = LaneLine.Open(session.Hub.Segment, "state");
        Background<StateStatus>? garbage = null;
        session.Near.Transact(
            () =>
            {
                garbage = new Background<StateStatus>(() =>
                {
                    line.Begin((StateOperation)200);
                    return line.Exchange();
                });
                Until.True(() => IsParked(session.Hub), "the garbage waits");
                return d["k"] = 1;
            },
            Timeout.InfiniteTimeSpan);
        Assert.Equal(1, session.Far.Dictionary(d.Name)["k"]);
        Assert.Throws<InvalidDataFrameException>(() => garbage!.Result);
        d["k"] = 2;
        Assert.Equal(2, session.Far.Dictionary(d.Name)["k"]);
    }

    [Fact]
    public void A_line_whose_memory_vanished_before_the_hub_saw_it_is_an_error_and_no_hang()
    {
        using LaneLine line = LaneLine.Open(session.Hub.Segment, "state");
        File.Delete(Assert.Single(Enumerable.Range(0, HubSegment.Lanes).Select(session.Hub.Segment.PathOf), File.Exists));

        line.Begin(StateOperation.GetObjects);
        Assert.Throws<InvalidDataFrameException>(() => line.Exchange());
        Assert.NotNull(session.Far.GetObjects());
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Nothing_is_no_key(bool isFar)
    {
        SharedDictionary d = session.Of(isFar).Dictionary();
        Assert.Throws<ArgumentNullException>(() => d.Add(null!, 1));
        Assert.Throws<ArgumentNullException>(() => d[null!] = 1);
        Assert.Throws<ArgumentNullException>(() => d.Increment(null!));
        Assert.Throws<ArgumentNullException>(() => d.GetMany(new object?[] { "a", null }));
        Assert.True(d.Count == 0);
    }

    [Fact]
    public async Task A_wait_ends_in_time_though_others_leave_the_hub_no_rest()
    {
        SharedDictionary d = session.Far.Dictionary();
        Hashtable many = [];
        for (int i = 0; i < 5_000; i++)
        {
            many[i] = i;
        }

        using CancellationTokenSource over = new();
        Task[] load = [.. Enumerable.Range(0, 6).Select(_ => Task.Factory.StartNew(
            () =>
            {
                SharedDictionary mine = session.Far.Dictionary();
                while (!over.IsCancellationRequested)
                {
                    mine.SetMany(many);
                }

                session.Far.Remove(mine.Name);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        try
        {
            for (int i = 0; i < 5; i++)
            {
                Stopwatch clock = Stopwatch.StartNew();
                Assert.False(d.Wait("never", 0.1));
                Assert.InRange(clock.Elapsed.TotalSeconds, 0.1, 2);
            }
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(load);
        }
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Whatever_a_transaction_does_is_taken_back_in_content_and_order(bool isFar)
    {
        for (int seed = 0; seed < 150; seed++)
        {
            Random random = new(seed);
            SharedDictionary d = session.Of(isFar).Dictionary();
            SharedList l = session.Of(isFar).List();
            for (int i = 0; i < 30; i++)
            {
                Change(random, d, l);
            }

            (DictionaryEntry[], object?[]) before = Look(d, l);
            Assert.Throws<TimeoutException>(() => session.Of(isFar).Transact<object?>(
                () =>
                {
                    ChangeMany(random, d, l);
                    (DictionaryEntry[], object?[]) middle = Look(d, l);
                    Assert.Throws<TimeoutException>(() => session.Of(isFar).Transact<object?>(
                        () =>
                        {
                            ChangeMany(random, d, l);
                            throw new TimeoutException("inner");
                        },
                        Timeout.InfiniteTimeSpan));
                    AssertSame(middle, Look(d, l), seed);
                    ChangeMany(random, d, l);
                    throw new TimeoutException("outer");
                },
                Timeout.InfiniteTimeSpan));
            AssertSame(before, Look(d, l), seed);
            session.Near.Remove(d.Name);
            session.Near.Remove(l.Name);
        }
    }

    private static bool IsParked(StateHub hub)
    {
        lock (hub.Store.Gate)
        {
            return hub.Store.HasDeadlines;
        }
    }

    private static (DictionaryEntry[] Entries, object?[] Items) Look(SharedDictionary d, SharedList l) => ([.. d.Cast<DictionaryEntry>()], l.ToArray());

    private static void AssertSame((DictionaryEntry[] Entries, object?[] Items) expected, (DictionaryEntry[] Entries, object?[] Items) actual, int seed)
    {
        Assert.True(expected.Entries.SequenceEqual(actual.Entries), $"The dictionary of seed {seed}.");
        Assert.True(expected.Items.SequenceEqual(actual.Items), $"The list of seed {seed}.");
    }

    private static void ChangeMany(Random random, SharedDictionary d, SharedList l)
    {
        int count = random.Next(25);
        for (int i = 0; i < count; i++)
        {
            Change(random, d, l);
        }
    }

    private static void Change(Random random, SharedDictionary d, SharedList l)
    {
        int key = random.Next(10);
        int value = random.Next(1000);
        int place = l.Count == 0 ? 0 : random.Next(l.Count);
        bool isThere = l.Count > 0;
        switch (random.Next(isThere ? 21 : 14))
        {
            case 0 or 1 or 2:
                d[key] = value;
                break;
            case 3 or 4:
                d.Remove(key);
                break;
            case 5:
                d.TryAdd(key, value);
                break;
            case 6:
                d.Increment(key, value);
                break;
            case 7 when d.Count > 0:
                d.PopItem();
                break;
            case 8 when random.Next(3) == 0:
                d.Clear();
                break;
            case 9:
                d.SetMany(new Hashtable { [key] = value, [random.Next(10)] = 7 });
                break;
            case 10:
                l.Insert(place, value);
                break;
            case 11:
                l.AddRange(new[] { value, key });
                break;
            case 12 when random.Next(3) == 0:
                l.Clear();
                break;
            case 14 or 15:
                l.RemoveAt(place);
                break;
            case 16:
                l[place] = value;
                break;
            case 17:
                l.Reverse();
                break;
            case 18:
                l.Sort();
                break;
            case 19:
                l.Increment(place, 5);
                break;
            case 20:
                l.Remove(l[place]);
                break;
            default:
                l.Add(value);
                break;
        }
    }
}

using System.Collections;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Queues;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>A client is killed, or stopped, at each step of each operation: the state is as before or as after, never between, and the others go on.</summary>
[Trait("Platform", "portable")]
public sealed class StateFaultTests(StateSession session) : IClassFixture<StateSession>
{
    private const string Large = "large";

    public static TheoryData<string, string, int> Steps
    {
        get
        {
            TheoryData<string, string, int> steps = [];
            foreach (string what in new[] { "set", "increment", "remove", "clear", "pair", "add", "range", "pop", "insert" })
            {
                // The first two calls open the dictionary and the list.
                steps.Add(what, nameof(FaultPoint.StateWritten), 3);
                steps.Add(what, nameof(FaultPoint.StateAsked), 3);
                steps.Add(what, nameof(FaultPoint.StateAnswered), 3);
            }

            steps.Add("large", nameof(FaultPoint.StateHalfAsked), 1);
            steps.Add("large", nameof(FaultPoint.StateHalfAsked), 3);
            steps.Add("get", nameof(FaultPoint.StateHalfAnswered), 1);
            steps.Add("get", nameof(FaultPoint.StateHalfAnswered), 3);
            steps.Add("wait", nameof(FaultPoint.StateAsked), 3);

            // A list that is turned around is read, and replaced.
            steps.Add("reverse", nameof(FaultPoint.StateAsked), 3);
            steps.Add("reverse", nameof(FaultPoint.StateAsked), 4);
            for (int call = 3; call <= 10; call++)
            {
                steps.Add("transfer", nameof(FaultPoint.StateAsked), call);
            }

            return steps;
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_client_killed_at_a_step_leaves_the_state_as_before_or_after(string what, string step, int time)
    {
        (SharedDictionary dictionary, SharedList list) = Prepare();
        (Hashtable Dictionary, object?[] List) before = (dictionary.ToHashtable(), list.ToArray());
        using PeerProcess client = new("state-do", session.Hub.Address, what, $"{step}:kill:{time}");
        Until.True(() => !Processes.IsRunning(client.Id), $"the client is killed at {step}", 30);

        // A transaction that the dead one was in is taken back; until then this call waits.
        Hashtable after = dictionary.ToHashtable();
        object?[] items = list.ToArray();
        bool isAsBefore = IsSame(before.Dictionary, after) && before.List.SequenceEqual(items);
        bool isDone = IsDone(what, before, after, items);
        Assert.True(isAsBefore || isDone, $"after '{what}', killed at {step}: {string.Join(", ", after.Keys.Cast<object>())}; {string.Join(", ", items)}");
        if (step is nameof(FaultPoint.StateHalfAsked) or nameof(FaultPoint.StateHalfAnswered))
        {
            Assert.True(isAsBefore);
        }

        // Its place is free again.
        Until.True(() => Enumerable.Range(0, HubSegment.Lanes).All(place => (int)session.Hub.Segment.OwnerOf(place) != client.Id), "the dead one's lanes are gone");
    }

    [Theory]
    [InlineData("large", nameof(FaultPoint.StateHalfAsked), 2)]
    [InlineData("get", nameof(FaultPoint.StateHalfAnswered), 2)]
    [InlineData("set", nameof(FaultPoint.StateWritten), 3)]
    public void A_client_that_is_stopped_holds_up_nobody(string what, string step, int time)
    {
        (SharedDictionary dictionary, SharedList list) = Prepare();
        using PeerProcess client = new("state-do", session.Hub.Address, what, $"{step}:stop:{time}");
        client.AwaitReady();
        Assert.Equal("fault", client.ReadLine());
        SharedDictionary far = session.Far.Dictionary("d");
        for (int i = 0; i < 100; i++)
        {
            dictionary["near"] = i;
            far["far"] = dictionary["near"];
            list.Add(i);
        }

        Assert.Equal(99, far["far"]);
        Processes.Resume(client.Id);
        Assert.Equal("done", client.ReadLine());
    }

    [Fact]
    public void A_client_stopped_in_a_transaction_is_waited_for_and_its_death_takes_all_back()
    {
        (SharedDictionary dictionary, SharedList list) = Prepare();
        object?[] items = list.ToArray();
        using PeerProcess client = new("state-do", session.Hub.Address, "transfer", $"{nameof(FaultPoint.StateAsked)}:stop:6");
        client.AwaitReady();
        Assert.Equal("fault", client.ReadLine());

        // What another may see of it is nothing, so it waits; a transaction that will not wait so long says so.
        SharedStateBusyException busy = Assert.Throws<SharedStateBusyException>(() => session.Far.Transact(() => true, TimeSpan.FromSeconds(0.1)));
        Assert.Contains($"{client.Id}", busy.Message, StringComparison.Ordinal);
        Background<object?> reader = Background.Run(() => dictionary["A"]);
        Assert.False(reader.EndsWithin(0.2));
        client.Kill();
        Assert.Equal(1000, reader.Result);
        Assert.Equal(1000, dictionary["B"]);
        Assert.Equal(items, list.ToArray());
    }

    [Fact]
    public void Clients_killed_at_random_under_load_leave_all_invariants()
    {
        int rounds = LongForm.Rounds(10, 1000);
        const int Clients = 4;
        Random random = new(20261123);
        (SharedDictionary dictionary, SharedList list) = Prepare();
        using TempFolder folder = new();
        List<(PeerProcess Process, string Log, int Number)> all = [];
        List<(PeerProcess Process, string Log, int Number)> living = [];
        void Start()
        {
            string log = Path.Combine(folder.Path, $"{all.Count}.log");
            all.Add((new PeerProcess("state-work", session.Hub.Address, log, $"{all.Count}"), log, all.Count));
            living.Add(all[^1]);
        }

        try
        {
            for (int i = 0; i < Clients; i++)
            {
                Start();
            }

            for (int round = 0; round < rounds; round++)
            {
                (PeerProcess Process, string Log, int Number) victim = living[random.Next(living.Count)];
                int least = random.Next(1, 40);
                Until.True(() => QueueLogs.ReadPut(victim.Log).Put >= least, "the victim is at work", 60);
                victim.Process.Kill();
                living.Remove(victim);
                Start();

                // While the others work on.
                CheckInvariants(session.Near);
            }

            foreach ((PeerProcess process, _, _) in living)
            {
                process.Kill();
                Until.True(() => !Processes.IsRunning(process.Id), "it is dead", 30);
            }

            CheckInvariants(session.Near);
            Assert.Equal(3, list.Count);
            foreach ((_, string log, int number) in all)
            {
                (long begun, long done) = QueueLogs.ReadPut(log);
                Assert.InRange((int)dictionary.Get($"count {number}", 0)!, done, begun);
            }
        }
        finally
        {
            foreach ((PeerProcess process, _, _) in all)
            {
                process.Dispose();
            }
        }
    }

    private static void CheckInvariants(MemoryState state)
    {
        SharedDictionary dictionary = state.Dictionary("d");
        object?[] seen = dictionary.GetMany(new[] { "A", "B", "one", "other", "n" });
        Assert.Equal(2000, (int)seen[0]! + (int)seen[1]!);
        Assert.Equal(seen[2], seen[3]);
        Assert.Equal(5, seen[4]);
        Assert.Equal(["0", "1", "2"], state.List("l").ToArray().Select(static item => $"{item}").Order());
    }

    private static bool IsSame(Hashtable one, Hashtable other) => one.Count == other.Count && one.Keys.Cast<object>().All(key => Equals(one[key], other[key]));

    private static bool IsDone(string what, (Hashtable Dictionary, object?[] List) before, Hashtable after, object?[] items)
    {
        Hashtable expected = new(before.Dictionary, StringComparer.OrdinalIgnoreCase);
        List<object?> list = [.. before.List];
        switch (what)
        {
            case "set":
                expected["k"] = "new";
                break;
            case "large":
                expected["k"] = new string('n', 1_000_000);
                break;
            case "increment":
                expected["n"] = 6;
                break;
            case "remove":
                expected.Remove("k");
                break;
            case "clear":
                expected.Clear();
                break;
            case "pair":
                expected["one"] = after["one"];
                expected["other"] = after["one"];
                break;
            case "add":
                list.Add("new");
                break;
            case "range":
                list.AddRange(["new", "new"]);
                break;
            case "pop":
                list.RemoveAt(0);
                break;
            case "insert":
                list.Insert(0, "new");
                break;
            case "reverse":
                list.Reverse();
                break;
            case "transfer":
                int moved = (int)after["A"]! - 1000;
                expected["A"] = 1000 + moved;
                expected["B"] = 1000 - moved;
                break;
        }

        return IsSame(expected, after) && list.SequenceEqual(items);
    }

    private (SharedDictionary Dictionary, SharedList List) Prepare()
    {
        SharedDictionary dictionary = session.Near.Dictionary("d");
        SharedList list = session.Near.List("l");
        dictionary.Clear();
        list.Clear();
        dictionary.SetMany(new Hashtable { ["k"] = "old", ["n"] = 5, ["A"] = 1000, ["B"] = 1000, ["one"] = 0, ["other"] = 0, [Large] = new string('x', 2_000_000) });
        list.AddRange(new object[] { "0", "1", "2" });
        return (dictionary, list);
    }
}

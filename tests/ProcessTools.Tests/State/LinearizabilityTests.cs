using System.Diagnostics;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Peer;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>
/// Processes do random things with one shared object at once; what they did, and when, by the clock of the machine, is what an object could do that serves one after another.
/// </summary>
public sealed class LinearizabilityTests : IDisposable
{
    private const int Steps = 1500;
    private readonly List<SyncSegment> _segments = [];
    private readonly List<Member> _members = [];

    public void Dispose()
    {
        foreach (Member member in _members)
        {
            member.Process.Dispose();
        }

        foreach (SyncSegment segment in _segments)
        {
            segment.Unlink();
        }
    }

    [Fact]
    public void A_value_does_one_operation_after_another()
    {
        SyncSegment segment = Keep(ValueObjects.Create(ValueObjects.OptionsOf(0L)));
        List<LinearizabilityOperation> history = Record("value", segment.Address, 3);
        Assert.True(LinearizabilityChecker.IsLinearizable(history, 0, LinearizabilityModel.OfNumber));
        AssertThatAWrongResultIsFound(history, 0);
    }

    [Fact]
    public void A_key_of_a_dictionary_does_one_operation_after_another()
    {
        using StateHub hub = StateHub.Start();
        List<LinearizabilityOperation> history = Record("dictionary", hub.Address, 3);
        Assert.True(LinearizabilityChecker.IsLinearizable(history, HistoryJournal.Nothing, LinearizabilityModel.OfNumber));
        AssertThatAWrongResultIsFound(history, HistoryJournal.Nothing);
    }

    [Fact]
    public void A_lock_does_one_operation_after_another()
    {
        SyncSegment segment = Keep(SyncObjects.Create(new SyncOptions { Kind = SharedObjectKind.Lock }));
        List<LinearizabilityOperation> history = Record("lock", segment.Address, 3);
        Assert.True(LinearizabilityChecker.IsLinearizable(history, 0, LinearizabilityModel.OfLock));

        // The same without the first release: whoever came next got the lock while another held it.
        Assert.True(history.Remove(history.Where(static operation => operation.Step == HistoryStep.Release).MinBy(static operation => operation.End)!));
        Assert.False(LinearizabilityChecker.IsLinearizable(history, 0, LinearizabilityModel.OfLock));
    }

    [Fact]
    public void An_increment_in_two_steps_is_found_out()
    {
        SyncSegment segment = Keep(ValueObjects.Create(ValueObjects.OptionsOf(0L)));
        SharedValue value = (SharedValue)ValueObjects.Open(null!, "value", segment);
        bool isFound = false;
        for (int round = 0; round < 10 && !isFound; round++)
        {
            value.Value = 0L;
            isFound = !LinearizabilityChecker.IsLinearizable(Record("broken", segment.Address, 3), 0, LinearizabilityModel.OfNumber);
        }

        Assert.True(isFound, "Nobody came between the two steps in ten rounds.");
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("value")]
    [InlineData("dictionary")]
    public void Those_who_are_killed_in_the_middle_did_what_they_had_begun_or_did_not(string what)
    {
        const int Victims = 4;
        using StateHub? hub = what == "dictionary" ? StateHub.Start() : null;
        string address = hub?.Address
            ?? Keep(what == "lock" ? SyncObjects.Create(new SyncOptions { Kind = SharedObjectKind.Lock }) : ValueObjects.Create(ValueObjects.OptionsOf(0L))).Address;
        Random random = new(5);

        // The two that live have more to do than those that are killed on the way.
        Member[] all = [.. Enumerable.Range(1, Victims + 2).Select(number => Start(what, address, number, number <= Victims ? 200_000 : Steps))];
        foreach (Member member in all)
        {
            Until.True(() => member.Journal.IsReady, "all are ready", 60);
        }

        List<LinearizabilityOperation> deaths = [];
        foreach (Member member in all[Victims..])
        {
            member.Journal.Go();
        }

        foreach (Member victim in all[..Victims])
        {
            int least = random.Next(100, 400);
            victim.Journal.Go();
            Until.True(() => victim.Journal.Count > least, "the victim is at work", 60);
            long begin = Stopwatch.GetTimestamp();
            victim.Process.Kill();
            Until.True(() => !Processes.IsRunning(victim.Process.Id), "it is dead");
            deaths.Add(new LinearizabilityOperation(victim.Number, HistoryStep.Die, 0, 0, begin, 0, Stopwatch.GetTimestamp()));
        }

        foreach (Member member in all[Victims..])
        {
            Until.True(() => !Processes.IsRunning(member.Process.Id), "the living come to their end", 60);
        }

        List<LinearizabilityOperation> history = [.. all.SelectMany(Read), .. deaths];
        TestContext.Current.TestOutputHelper?.WriteLine($"{history.Count} operations, {history.Count(static one => one.IsPending)} of them cut off, {Overlaps(history)} begun within another");
        Assert.Contains(all[..Victims], static victim => victim.Journal.Count < victim.Journal.Capacity);
        Assert.True(LinearizabilityChecker.IsLinearizable(
            history,
            what == "dictionary" ? HistoryJournal.Nothing : 0,
            what == "lock" ? LinearizabilityModel.OfLock : LinearizabilityModel.OfNumber));
    }

    private static IEnumerable<LinearizabilityOperation> Read(Member member) =>
        member.Journal.Read().Select(one => new LinearizabilityOperation(member.Number, one.Step, one.A, one.B, one.Begin, one.Result, one.End == 0 ? long.MaxValue : one.End));

    /// <summary>How many operations began while one of another process went on.</summary>
    private static int Overlaps(List<LinearizabilityOperation> history)
    {
        int overlaps = 0;
        long end = long.MinValue;
        foreach (LinearizabilityOperation operation in history.OrderBy(static one => one.Begin))
        {
            overlaps += operation.Begin < end ? 1 : 0;
            end = Math.Max(end, operation.End == long.MaxValue ? end : operation.End);
        }

        return overlaps;
    }

    private static void AssertThatAWrongResultIsFound(List<LinearizabilityOperation> history, long initial)
    {
        // No operation ever had this number: it is found wherever it is put.
        int get = history.FindIndex(history.Count / 2, static operation => operation.Step == HistoryStep.Get);
        List<LinearizabilityOperation> wrong = [.. history];
        wrong[get] = wrong[get] with { Result = 1_000_000 };
        Assert.False(LinearizabilityChecker.IsLinearizable(wrong, initial, LinearizabilityModel.OfNumber));
    }

    /// <summary>Several processes at once. How often they meet is up to the machine.</summary>
    private List<LinearizabilityOperation> Record(string what, string address, int processes)
    {
        Member[] members = [.. Enumerable.Range(1, processes).Select(number => Start(what, address, number, Steps))];
        foreach (Member member in members)
        {
            Until.True(() => member.Journal.IsReady, "all are ready", 60);
        }

        foreach (Member member in members)
        {
            member.Journal.Go();
        }

        foreach (Member member in members)
        {
            Until.True(() => !Processes.IsRunning(member.Process.Id), "all come to their end", 60);
        }

        List<LinearizabilityOperation> history = [.. members.SelectMany(Read)];
        Assert.InRange(history.Count, processes * (Steps - 1), processes * Steps);
        Assert.All(history, static operation => Assert.False(operation.IsPending));
        TestContext.Current.TestOutputHelper?.WriteLine($"{history.Count} operations, {Overlaps(history)} begun within another");
        return history;
    }

    private Member Start(string what, string address, int number, int steps)
    {
        (SyncSegment segment, HistoryJournal journal) = HistoryJournal.Create(steps);
        Keep(segment);
        Member member = new(number, journal, new PeerProcess("history", what, address, segment.Address, $"{number}"));
        _members.Add(member);
        return member;
    }

    private SyncSegment Keep(SyncSegment segment)
    {
        _segments.Add(segment);
        return segment;
    }

    private sealed record Member(int Number, HistoryJournal Journal, PeerProcess Process);
}

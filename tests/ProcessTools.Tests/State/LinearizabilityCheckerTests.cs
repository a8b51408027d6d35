using ProcessTools.Tests.Peer;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>The checker of histories finds what is wrong, and accepts what is right.</summary>
public sealed class LinearizabilityCheckerTests
{
    private const long Never = long.MaxValue;
    private const long Nothing = HistoryJournal.Nothing;

    [Fact]
    public void What_follows_in_time_follows_in_order()
    {
        Assert.True(IsNumber(Do(1, HistoryStep.Set, 5, 0, 10, 0, 20), Do(2, HistoryStep.Get, 0, 0, 30, 5, 40)));
        Assert.False(IsNumber(Do(1, HistoryStep.Set, 5, 0, 10, 0, 20), Do(2, HistoryStep.Get, 0, 0, 30, Nothing, 40)));
        Assert.False(IsNumber(Do(2, HistoryStep.Get, 0, 0, 5, 5, 8), Do(1, HistoryStep.Set, 5, 0, 10, 0, 20)));
    }

    [Fact]
    public void What_overlaps_has_any_order()
    {
        foreach (long seen in (long[])[Nothing, 5])
        {
            Assert.True(IsNumber(Do(1, HistoryStep.Set, 5, 0, 10, 0, 20), Do(2, HistoryStep.Get, 0, 0, 15, seen, 40)));
            Assert.True(IsNumber(Do(1, HistoryStep.Set, 5, 0, 10, 0, 20), Do(2, HistoryStep.Get, 0, 0, 20, seen, 40)));
        }

        Assert.False(IsNumber(Do(1, HistoryStep.Set, 5, 0, 10, 0, 20), Do(2, HistoryStep.Get, 0, 0, 15, 6, 40)));
    }

    [Fact]
    public void An_old_value_is_not_seen_after_the_new_one()
    {
        LinearizabilityOperation set = Do(1, HistoryStep.Set, 5, 0, 10, 0, 100);
        Assert.True(IsNumber(set, Do(2, HistoryStep.Get, 0, 0, 20, Nothing, 30), Do(3, HistoryStep.Get, 0, 0, 40, 5, 50)));
        Assert.False(IsNumber(set, Do(2, HistoryStep.Get, 0, 0, 20, 5, 30), Do(3, HistoryStep.Get, 0, 0, 40, Nothing, 50)));
    }

    [Fact]
    public void A_lost_increment_is_found()
    {
        Assert.True(IsNumber(Do(1, HistoryStep.Increment, 1, 0, 10, 2, 20), Do(2, HistoryStep.Increment, 1, 0, 15, 1, 25)));
        Assert.False(IsNumber(Do(1, HistoryStep.Increment, 1, 0, 10, 1, 20), Do(2, HistoryStep.Increment, 1, 0, 15, 1, 25)));
    }

    [Fact]
    public void Of_two_that_add_or_update_at_once_one_succeeds()
    {
        Assert.True(IsNumber(Do(1, HistoryStep.TryAdd, 1, 0, 10, 1, 20), Do(2, HistoryStep.TryAdd, 2, 0, 15, 0, 25)));
        Assert.False(IsNumber(Do(1, HistoryStep.TryAdd, 1, 0, 10, 1, 20), Do(2, HistoryStep.TryAdd, 2, 0, 15, 1, 25)));
        Assert.False(IsNumber(Do(1, HistoryStep.TryAdd, 1, 0, 10, 0, 20), Do(2, HistoryStep.TryAdd, 2, 0, 15, 0, 25)));
        LinearizabilityOperation zero = Do(3, HistoryStep.Set, 0, 0, 1, 0, 2);
        Assert.True(IsNumber(zero, Do(1, HistoryStep.TryUpdate, 1, 0, 10, 1, 20), Do(2, HistoryStep.TryUpdate, 2, 0, 15, 0, 25)));
        Assert.False(IsNumber(zero, Do(1, HistoryStep.TryUpdate, 1, 0, 10, 1, 20), Do(2, HistoryStep.TryUpdate, 2, 0, 15, 1, 25)));
        Assert.False(IsNumber(zero, Do(1, HistoryStep.Remove, 0, 0, 10, 1, 20), Do(2, HistoryStep.Remove, 0, 0, 15, 1, 25)));
    }

    [Fact]
    public void What_a_killed_process_had_begun_has_happened_or_not_but_not_both()
    {
        LinearizabilityOperation killed = Do(1, HistoryStep.Increment, 1, 0, 10, 0, Never);
        Assert.True(IsNumber(killed, Do(2, HistoryStep.Get, 0, 0, 20, Nothing, 30)));
        Assert.True(IsNumber(killed, Do(2, HistoryStep.Get, 0, 0, 20, 1, 30)));
        Assert.True(IsNumber(killed, Do(2, HistoryStep.Get, 0, 0, 20, Nothing, 30), Do(2, HistoryStep.Get, 0, 0, 40, 1, 50)));
        Assert.False(IsNumber(killed, Do(2, HistoryStep.Get, 0, 0, 20, 1, 30), Do(2, HistoryStep.Get, 0, 0, 40, Nothing, 50)));
        Assert.False(IsNumber(killed, Do(2, HistoryStep.Get, 0, 0, 5, 1, 8)));
        Assert.False(IsNumber(killed, Do(2, HistoryStep.Get, 0, 0, 20, 2, 30)));
    }

    [Fact]
    public void Two_do_not_hold_a_lock_at_once()
    {
        LinearizabilityOperation first = Do(1, HistoryStep.Acquire, 0, 0, 10, 1, 20);
        Assert.True(IsLock(first, Do(2, HistoryStep.Acquire, 0, 0, 15, 0, 25)));
        Assert.False(IsLock(first, Do(2, HistoryStep.Acquire, 0, 0, 15, 1, 25)));
        Assert.True(IsLock(first, Do(2, HistoryStep.Acquire, 0, 0, 15, 1, 40), Do(1, HistoryStep.Release, 0, 0, 25, 0, 30)));
        Assert.False(IsLock(first, Do(2, HistoryStep.Acquire, 0, 0, 15, 1, 24), Do(1, HistoryStep.Release, 0, 0, 25, 0, 30)));
        Assert.False(IsLock(first, Do(1, HistoryStep.Release, 0, 0, 25, 0, 30), Do(2, HistoryStep.Acquire, 0, 0, 35, 0, 40)));
    }

    [Fact]
    public void A_lock_is_taken_over_from_the_dead_only_and_said_to_be()
    {
        LinearizabilityOperation held = Do(1, HistoryStep.Acquire, 0, 0, 10, 1, 20);
        LinearizabilityOperation death = Do(1, HistoryStep.Die, 0, 0, 30, 0, 40);
        Assert.True(IsLock(held, death, Do(2, HistoryStep.Acquire, 0, 0, 25, 2, 50)));
        Assert.False(IsLock(held, death, Do(2, HistoryStep.Acquire, 0, 0, 25, 1, 50)));
        Assert.False(IsLock(held, death, Do(2, HistoryStep.Acquire, 0, 0, 25, 2, 28)));
        Assert.False(IsLock(held, Do(2, HistoryStep.Acquire, 0, 0, 25, 2, 50)));

        // Killed while it acquired, or while it released: both are possible before its death, neither after.
        LinearizabilityOperation acquiring = Do(1, HistoryStep.Acquire, 0, 0, 10, 0, Never);
        Assert.True(IsLock(acquiring, death, Do(2, HistoryStep.Acquire, 0, 0, 50, 1, 60)));
        Assert.True(IsLock(acquiring, death, Do(2, HistoryStep.Acquire, 0, 0, 50, 2, 60)));
        Assert.False(IsLock(acquiring, death, Do(2, HistoryStep.Acquire, 0, 0, 50, 1, 60), Do(2, HistoryStep.Release, 0, 0, 61, 0, 62), Do(3, HistoryStep.Acquire, 0, 0, 63, 2, 64)));
        LinearizabilityOperation releasing = Do(1, HistoryStep.Release, 0, 0, 25, 0, Never);
        Assert.True(IsLock(held, releasing, death, Do(2, HistoryStep.Acquire, 0, 0, 50, 1, 60)));
        Assert.True(IsLock(held, releasing, death, Do(2, HistoryStep.Acquire, 0, 0, 50, 2, 60)));
    }

    [Fact]
    public void Thousands_of_operations_that_overlap_one_are_checked_in_no_time()
    {
        // One that was put to sleep in the middle, while another did all this; in the end it must have come at one certain place.
        List<LinearizabilityOperation> history = [Do(1, HistoryStep.Increment, 1, 0, 0, 3001, 1_000_000)];
        for (int i = 0; i < 6000; i++)
        {
            history.Add(Do(2, HistoryStep.Increment, 1, 0, 10 + (i * 10), i < 3000 ? i + 1 : i + 2, 15 + (i * 10)));
        }

        Assert.True(IsNumber([.. history]));
        history[0] = history[0] with { Result = 3002 };
        Assert.False(IsNumber([.. history]));
    }

    private static LinearizabilityOperation Do(int process, HistoryStep step, long a, long b, long begin, long result, long end) => new(process, step, a, b, begin, result, end);

    private static bool IsNumber(params LinearizabilityOperation[] history) => LinearizabilityChecker.IsLinearizable(history, Nothing, LinearizabilityModel.OfNumber);

    private static bool IsLock(params LinearizabilityOperation[] history) => LinearizabilityChecker.IsLinearizable(history, 0, LinearizabilityModel.OfLock);
}

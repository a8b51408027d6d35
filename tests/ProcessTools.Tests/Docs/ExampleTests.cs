using System.Globalization;
using System.Text.RegularExpressions;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Docs;

/// <summary>Runs the examples on a part of their input; each compares its totals with one process itself, and fails when they differ.</summary>
public sealed partial class ExampleTests
{
    private const string Megabytes = "5";

    [Fact]
    public void The_quickstart_counts_with_several_workers_what_one_process_counts()
    {
        ScriptResult result = Run("quickstart.ps1", "-Workers", "3");
        Dictionary<string, (long One, long Several)> totals = Totals(result);
        Assert.All(totals, total => Assert.Equal(total.Value.One, total.Value.Several));
        Assert.All(["Types", "Methods", "Words", "Phrases", "Different phrases"], name => Assert.True(totals[name].One > 0, result.Output));
        Assert.EndsWith("with the same totals.", result.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void More_workers_than_files_count_the_same()
    {
        // A file of at most one megabyte, and next to nothing of the others.
        ScriptResult result = RunExample("quickstart.ps1", "-MaxMegabytes", "1", "-Workers", "6");
        Assert.EndsWith("with the same totals.", result.Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 500)]
    [InlineData(4, 100)]
    public void The_pipeline_counts_in_three_processes_what_one_counts_and_no_queue_holds_more_than_its_capacity(int capacity, int batch)
    {
        ScriptResult result = Run("pipeline.ps1", "-Capacity", $"{capacity}", "-BatchSize", $"{batch}", "-Top", "3");
        Dictionary<string, (long One, long Several)> totals = Totals(result);
        Assert.All(totals, total => Assert.Equal(total.Value.One, total.Value.Several));
        Assert.Equal(5, totals.Count);
        Assert.EndsWith("with the same result.", result.Lines[^1], StringComparison.Ordinal);

        Match[] stages = StageLine().Matches(result.Output).ToArray();
        Assert.Equal(["count", "read", "split"], stages.Select(stage => stage.Groups["stage"].Value).Order(StringComparer.Ordinal));
        Assert.Single(stages.Select(stage => stage.Groups["messages"].Value).Distinct());
        foreach (Match stage in stages)
        {
            double quarter = Number(stage, "quarter");
            double end = Number(stage, "end");
            Assert.True(quarter > 10 && end > 10, stage.Value);
            Assert.InRange(Number(stage, "most"), Math.Max(quarter, end), double.MaxValue);

            // The first two have a queue behind them, in which something waited at times.
            bool isLast = stage.Groups["stage"].Value == "count";
            Assert.InRange(Number(stage, "waiting"), isLast ? 0 : 1, isLast ? 0 : capacity);
        }
    }

    [Fact]
    public void The_pool_counts_what_one_process_counts_though_workers_are_killed_at_it()
    {
        ScriptResult result = Run("pool.ps1", "-Workers", "2", "-Crashes", "2");
        Dictionary<string, (long One, long Several)> totals = Totals(result);
        Assert.All(totals, total => Assert.Equal(total.Value.One, total.Value.Several));
        Assert.Equal(["Broken", "Doubled words", "Files", "Members", "No summary", "References"], totals.Keys.Order(StringComparer.Ordinal));
        Assert.True(totals["Files"].One > 2 && totals["References"].One > 100, result.Output);
        Assert.Contains($"Tasks done: {totals["Files"].One}, attempts repeated: 2, ", result.Output, StringComparison.Ordinal);
        Assert.Contains("workers lost: 2", result.Output, StringComparison.Ordinal);
        Assert.Contains("Slow: ", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("with the same totals.", result.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_workers_of_a_shared_state_count_what_one_process_counts_though_they_are_killed_with_the_lock_in_hand()
    {
        ScriptResult result = Run("state.ps1", "-Workers", "2", "-Crashes", "1", "-Top", "2");
        Dictionary<string, (long One, long Several)> totals = Totals(result);
        Assert.All(totals, total => Assert.Equal(total.Value.One, total.Value.Several));
        Assert.Equal(5, totals.Count);
        Assert.True(totals["Words"].One > 1000 && totals["Different words"].One > 100, result.Output);
        Assert.Contains("Workers killed with the lock in hand: 1; locks inherited from them: 1; files not done: 0", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("with the same words.", result.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_workers_of_a_shared_state_stop_when_they_are_told_to()
    {
        ScriptResult result = Run("state.ps1", "-Workers", "2", "-Crashes", "0", "-MaxWords", "1");
        Assert.All(Totals(result), total => Assert.Equal(total.Value.One, total.Value.Several));
        Assert.DoesNotContain("files not done: 0", result.Output, StringComparison.Ordinal);
    }

    private static ScriptResult Run(string example, params string[] arguments) =>
        RunExample(example, ["-MaxMegabytes", Megabytes, .. arguments]);

    private static ScriptResult RunExample(string example, params string[] arguments)
    {
        ScriptResult result = ScriptProcess.Run([Path.Combine(Repository.Root, "src", "Examples", example), .. arguments]);
        Assert.True(result.ExitCode == 0 && result.Error.Length == 0, $"{result.Output}\n{result.Error}");
        return result;
    }

    private static Dictionary<string, (long One, long Several)> Totals(ScriptResult result) =>
        TotalLine().Matches(result.Output).ToDictionary(
            line => line.Groups["name"].Value,
            line => ((long)Number(line, "one"), (long)Number(line, "several")));

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<name>\S.*?) +(?<one>\d+) +(?<several>\d+) +(True|False) *$", RegexOptions.Multiline)]
    private static partial Regex TotalLine();

    [GeneratedRegex(
        @"^(?<stage>[a-z]+) +(?<messages>\d+) +(?<quarter>[\d.]+) MB +(?<end>[\d.]+) MB +(?<most>[\d.]+) MB +(?<waiting>\d+) *$",
        RegexOptions.Multiline)]
    private static partial Regex StageLine();
}

using System.Diagnostics;
using System.Management.Automation;
using System.Text;
using ProcessTools.Engine.Pools;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>The log of finished items, and going on from it.</summary>
public sealed class PoolJobLogTests : IDisposable
{
    private const string Header = "Seq\tWorker\tStartTime\tSeconds\tExit\tInput\n";

    private static readonly DateTime s_start = new(2026, 11, 23, 12, 5, 6, 789, DateTimeKind.Utc);

    private readonly TempFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "jobs.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_log_has_a_header_and_one_line_an_item()
    {
        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Add(log, 1, "a.txt");
            log.Add(2, null, s_start, TimeSpan.FromMilliseconds(1.5), -9, "b.txt");
            log.Add(3, 77, s_start, TimeSpan.FromHours(30), -1, null);
        }

        Assert.Equal(
            Header
            + "1\t4711\t2026-11-23T12:05:06.789Z\t0.250000\t0\ta.txt\n"
            + "2\t\t2026-11-23T12:05:06.789Z\t0.001500\t-9\tb.txt\n"
            + "3\t77\t2026-11-23T12:05:06.789Z\t108000.000000\t-1\t\n",
            Text());
    }

    [Fact]
    public void A_line_is_in_the_file_at_once_and_later_ones_soon()
    {
        using PoolJobLog log = PoolJobLog.Open(File, resume: false);
        Until.True(() => Text() == Header, "the header");
        for (int item = 1; item <= 3; item++)
        {
            Add(log, item, "x");
        }

        // No further call: the timer writes what the first write did not take along.
        Until.True(() => Text().Count(static one => one == '\n') == 4, "the lines of three items");
        Add(log, 4, "x");
        Until.True(() => Text().Count(static one => one == '\n') == 5, "the line of the fourth item");
    }

    [Fact]
    public void Flushing_writes_all_lines()
    {
        using PoolJobLog log = PoolJobLog.Open(File, resume: false);
        for (int item = 1; item <= 1000; item++)
        {
            Add(log, item, "x");
        }

        log.Flush();
        Assert.Equal(1001, Text().Count(static one => one == '\n'));
    }

    [Fact]
    public void A_resumed_run_skips_what_is_logged_whatever_its_exit_and_appends()
    {
        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Add(log, 1, "a");
            log.Add(3, 1, s_start, TimeSpan.Zero, 1, "c");
        }

        using (PoolJobLog log = PoolJobLog.Open(File, resume: true))
        {
            Assert.True(log.IsDone(1, "a"));
            Assert.False(log.IsDone(2, "b"));
            Assert.True(log.IsDone(3, "c"));
            Assert.False(log.IsDone(4, "d"));
            Assert.False(log.IsDone(long.MaxValue, "z"));
            Add(log, 2, "b");
        }

        Assert.Equal([1, 3, 2], Sequences());
        using PoolJobLog third = PoolJobLog.Open(File, resume: true);
        Assert.True(third.IsDone(2, "b"));
    }

    [Fact]
    public void Without_resume_a_log_is_replaced_and_nothing_is_done()
    {
        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Add(log, 1, "a");
            Add(log, 2, "b");
        }

        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Assert.False(log.IsDone(1, "a"));
            Add(log, 9, "i");
        }

        Assert.Equal([9], Sequences());
    }

    [Fact]
    public void To_resume_without_a_log_or_with_an_empty_file_begins_one()
    {
        using (PoolJobLog log = PoolJobLog.Open(File, resume: true))
        {
            Assert.False(log.IsDone(1, "a"));
        }

        Assert.Equal(Header, Text());
        _folder.Write("jobs.log", string.Empty);
        PoolJobLog.Open(File, resume: true).Dispose();
        Assert.Equal(Header, Text());
    }

    [Fact]
    public void A_log_that_a_kill_cut_at_any_byte_is_resumed_from_its_whole_lines()
    {
        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Add(log, 1, "first");
            Add(log, 2, "zweite Übung");
        }

        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length <= whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            int lines = whole.AsSpan(0, length).Count((byte)'\n');
            using (PoolJobLog log = PoolJobLog.Open(File, resume: true))
            {
                Assert.Equal(lines >= 2, log.IsDone(1, "first"));
                Assert.Equal(lines >= 3, log.IsDone(2, "zweite Übung"));
                for (int item = Math.Max(1, lines); item <= 2; item++)
                {
                    Add(log, item, item == 1 ? "first" : "zweite Übung");
                }
            }

            Assert.Equal(whole, System.IO.File.ReadAllBytes(File));
        }
    }

    [Fact]
    public void Another_item_under_a_logged_number_is_an_error_that_names_both()
    {
        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Add(log, 1, "a.txt");
            Add(log, 2, "b.txt");
        }

        using PoolJobLog resumed = PoolJobLog.Open(File, resume: true);
        Assert.True(resumed.IsDone(1, "a.txt"));
        JobLogMismatchException error = Assert.Throws<JobLogMismatchException>(() => resumed.IsDone(2, "c.txt"));
        Assert.Equal("JobLogMismatch", error.ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidData, error.ErrorRecord.CategoryInfo.Category);
        Assert.Equal(2, error.Sequence);
        Assert.Contains("'b.txt'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c.txt'", error.Message, StringComparison.Ordinal);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("something else\n", true, 1)]
    [InlineData("something else\n", false, 1)]
    [InlineData("no line at all", true, 1)]
    [InlineData("no line at all", false, 1)]
    [InlineData("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n", true, 1)]
    [InlineData(Header + "1\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\ta\nx\n", true, 3)]
    [InlineData(Header + "1\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\n", true, 2)]
    [InlineData(Header + "0\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\ta\n", true, 2)]
    [InlineData(Header + "-1\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\ta\n", true, 2)]
    [InlineData(Header + "1x\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\ta\n", true, 2)]
    [InlineData(Header + "1\t1\t2026-11-23T12:05:06.789Z\tx\t0\ta\n", true, 2)]
    [InlineData(Header + "1\t1\t2026-11-23T12:05:06.789Z\t0.1\t\ta\n", true, 2)]
    [InlineData(Header + "1\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\ta\tb\n", true, 2)]
    public void A_file_that_is_no_job_log_is_an_error_and_left_as_it_is(string content, bool resume, long line)
    {
        _folder.Write("jobs.log", content);
        JobLogInvalidException error = Assert.Throws<JobLogInvalidException>(() => PoolJobLog.Open(File, resume));
        Assert.Equal("JobLogInvalid", error.ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidData, error.ErrorRecord.CategoryInfo.Category);
        Assert.Equal(line, error.Line);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
        Assert.Equal(content, Text());

        // Nothing holds the file.
        System.IO.File.Delete(File);
        PoolJobLog.Open(File, resume).Dispose();
    }

    [Fact]
    public void A_large_file_without_lines_is_not_read_into_memory_to_find_that_it_is_no_log()
    {
        using (FileStream file = System.IO.File.Create(File))
        {
            file.Write(Encoding.UTF8.GetBytes(Header));
            file.SetLength(10L << 30);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<JobLogInvalidException>(() => PoolJobLog.Open(File, resume: true));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Fact]
    public void A_log_that_an_editor_saved_with_windows_line_ends_is_resumed()
    {
        _folder.Write("jobs.log", (Header + "1\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\ta\n").ReplaceLineEndings("\r\n"));
        using PoolJobLog log = PoolJobLog.Open(File, resume: true);
        Assert.True(log.IsDone(1, "a"));
    }

    [Fact]
    public void A_path_that_cannot_be_opened_is_an_error_that_names_it()
    {
        string missing = Path.Combine(_folder.Path, "missing", "jobs.log");
        JobLogAccessException error = Assert.Throws<JobLogAccessException>(() => PoolJobLog.Open(missing, resume: false));
        Assert.Equal("JobLogAccessFailed", error.ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.ErrorRecord.CategoryInfo.Category);
        Assert.IsType<DirectoryNotFoundException>(error.InnerException);
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);

        error = Assert.Throws<JobLogAccessException>(() => PoolJobLog.Open(_folder.Path, resume: false));
        Assert.Equal(ErrorCategory.PermissionDenied, error.ErrorRecord.CategoryInfo.Category);
    }

    [Fact]
    public void A_full_disk_is_an_error_and_not_silent()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is Linux's.");
        JobLogAccessException error = Assert.Throws<JobLogAccessException>(() => PoolJobLog.Open("/dev/full", resume: false));
        Assert.Equal("JobLogAccessFailed", error.ErrorRecord.FullyQualifiedErrorId);
        Assert.IsType<IOException>(error.InnerException);
    }

    [Fact]
    public void Two_commands_of_a_session_cannot_log_to_one_file()
    {
        using (PoolJobLog first = PoolJobLog.Open(File, resume: false))
        {
            Add(first, 1, "a");
            Assert.Throws<JobLogAccessException>(() => PoolJobLog.Open(File, resume: true));
            Assert.Throws<JobLogAccessException>(() => PoolJobLog.Open(Path.Combine(_folder.Path, ".", "jobs.log"), resume: false));
        }

        using PoolJobLog second = PoolJobLog.Open(File, resume: true);
        Assert.True(second.IsDone(1, "a"));
    }

    [Fact]
    public void Another_process_can_read_the_log_and_not_write_to_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The lock is seen with Linux's tools.");
        using PoolJobLog log = PoolJobLog.Open(File, resume: false);
        Add(log, 1, "a");
        log.Flush();
        using Process reader = Process.Start(new ProcessStartInfo("grep", ["-c", "", File]) { RedirectStandardOutput = true })!;
        Assert.Equal("2\n", reader.StandardOutput.ReadToEnd());
        reader.WaitForExit();
        long node = long.Parse(Run("stat", ["-c", "%i", File]), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($":{node} ", System.IO.File.ReadAllText("/proc/locks"), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_several_threads_are_whole_and_all_there()
    {
        const int Threads = 4;
        const int Each = 20_000;
        using (PoolJobLog log = PoolJobLog.Open(File, resume: false))
        {
            Thread[] threads = new Thread[Threads];
            for (int number = 0; number < Threads; number++)
            {
                int first = number * Each;
                threads[number] = new Thread(() =>
                {
                    for (int item = 1; item <= Each; item++)
                    {
                        Add(log, first + item, $"item {first + item}");
                    }
                });
                threads[number].Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }
        }

        using PoolJobLog resumed = PoolJobLog.Open(File, resume: true);
        for (int item = 1; item <= Threads * Each; item++)
        {
            Assert.True(resumed.IsDone(item, $"item {item}"));
        }

        Assert.Equal(Threads * Each + 1, System.IO.File.ReadLines(File).Count());
    }

    [Fact]
    public void Resuming_many_lines_takes_little_memory()
    {
        const int Items = 500_000;
        using (StreamWriter file = System.IO.File.CreateText(File))
        {
            file.Write(Header);
            for (int item = 1; item <= Items; item++)
            {
                file.Write($"{item}\t1\t2026-11-23T12:05:06.789Z\t0.1\t0\titem {item}\n");
            }
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using PoolJobLog log = PoolJobLog.Open(File, resume: true);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;

        // Eight bytes an item and a few buffers.
        Assert.InRange(taken, 8L * Items, (9L * Items) + (1 << 20));
        Assert.True(log.IsDone(Items, $"item {Items}"));
        Assert.False(log.IsDone(Items + 1, "more"));
    }

    [Fact]
    public void A_closed_log_takes_no_more_lines()
    {
        PoolJobLog log = PoolJobLog.Open(File, resume: false);
        log.Dispose();
        log.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Add(log, 1, "a"));
        Assert.Equal(Header, Text());
    }

    private static void Add(PoolJobLog log, long sequence, object? input) => log.Add(sequence, 4711, s_start, TimeSpan.FromSeconds(0.25), 0, input);

    private static string Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private string Text()
    {
        using FileStream file = new(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private IEnumerable<long> Sequences() =>
        Text().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(static line => long.Parse(line[..line.IndexOf('\t', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture));
}

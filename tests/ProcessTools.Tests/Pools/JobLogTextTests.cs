using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using CsCheck;
using ProcessTools.Engine.Pools;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>How an item is written into a job log.</summary>
public sealed class JobLogTextTests
{
    public static TheoryData<string, object?> Texts => new()
    {
        { string.Empty, null },
        { string.Empty, string.Empty },
        { "a b.txt", "a b.txt" },
        { "42", 42 },
        { "1.5", 1.5 },
        { "1.5", 1.5m },
        { "True", true },
        { "Friday", DayOfWeek.Friday },
        { "2026-11-23T12:00:00.1234567Z", new DateTime(2026, 11, 23, 12, 0, 0, DateTimeKind.Utc).AddTicks(1_234_567) },
        { @"a\tb\nc\r\\d", "a\tb\nc\r\\d" },
        { @"\u001b[0m\u2028", "\u001b[0m\u2028" },
        { "😀", "😀" },
        { @"\ud83d", "\ud83d" },
        { @"\ude00x", "\ude00x" },
        { "\\\"quoted\"", "\"quoted\"" },
        { " \\\"x", " \"x" },
        { "{\"a\":1}", "{\"a\":1}" },
        { "1, 2, 3", new[] { 1, 2, 3 } },
        { "1, (2, 3), ", new object?[] { 1, new[] { 2, 3 }, null } },
        { "0x00FF10", new byte[] { 0, 255, 16 } },
        { "@{a=1; b=(x, y)}", new Hashtable { ["b"] = new[] { "x", "y" }, ["a"] = 1 } },
        { "@{b=1; a=2}", new OrderedDictionary { ["b"] = 1, ["a"] = 2 } },
        { "http://example.org/a", new Uri("http://example.org/a") },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void An_item_is_one_line_of_text(string expected, object? input)
    {
        Assert.Equal(expected, JobLogText.Of(input));
        Assert.Equal(expected, JobLogText.Of(input is null ? null : PSObject.AsPSObject(input)));
    }

    [Fact]
    public void A_custom_object_is_its_properties()
    {
        PSObject item = new();
        item.Properties.Add(new PSNoteProperty("Name", "x"));
        item.Properties.Add(new PSNoteProperty("Size", 1.5));
        Assert.Equal("@{Name=x; Size=1.5}", JobLogText.Of(item));
    }

    [Fact]
    public void A_file_is_its_full_path()
    {
        FileInfo file = new(Path.Combine(".", "a.txt"));
        Assert.Equal(file.FullName, JobLogText.Of(file));
    }

    [Fact]
    public void A_text_is_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("1.5, -2.25, 11/23/2026", JobLogText.Of(new object[] { 1.5, -2.25f, new DateOnly(2026, 11, 23) }));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_text_of_two_hundred_characters_is_whole_and_a_longer_one_ends_with_a_hash_of_all_of_it()
    {
        string fits = new('x', 200);
        Assert.Equal(fits, JobLogText.Of(fits));
        string one = JobLogText.Of(fits + "a");
        string other = JobLogText.Of(fits + "b");
        Assert.Matches("^x{200}… #[0-9a-f]{16}$", one);
        Assert.Matches("^x{200}… #[0-9a-f]{16}$", other);
        Assert.NotEqual(one, other);
        Assert.Equal(one, JobLogText.Of(fits + "a"));
    }

    [Fact]
    public void The_hash_of_a_long_text_is_the_same_in_every_process_and_release() =>
        Assert.Equal("27c232bef26106ba", JobLogText.Of(new string('x', 1000))[^16..]);

    [Fact]
    public void Escapes_and_characters_of_two_units_are_not_cut_apart()
    {
        Assert.StartsWith(new string('x', 199) + "… #", JobLogText.Of(new string('x', 199) + "😀😀"), StringComparison.Ordinal);
        Assert.StartsWith(new string('x', 199) + "… #", JobLogText.Of(new string('x', 199) + "\ty"), StringComparison.Ordinal);
    }

    [Fact]
    public void Large_arrays_that_differ_in_their_last_element_differ()
    {
        int[] one = [.. Enumerable.Range(0, 100_000)];
        int[] other = [.. one];
        other[^1]++;
        Assert.NotEqual(JobLogText.Of(one), JobLogText.Of(other));
        Assert.NotEqual(JobLogText.Of(new byte[5000]), JobLogText.Of(new byte[5001]));
    }

    [Fact]
    public void A_list_that_contains_itself_has_a_text()
    {
        ArrayList list = [1];
        list.Add(list);
        Assert.StartsWith("1, (1, (1, (1, ", JobLogText.Of(list), StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_whose_text_throws_is_its_type() => Assert.Equal(typeof(Thrower).FullName, JobLogText.Of(new Thrower()));

    [Fact]
    public void Whatever_the_text_it_is_one_field_of_one_line_and_survives_utf8() =>
        Gen.String[Gen.Char, 0, 300].Sample(static text =>
        {
            string line = JobLogText.Of(text);
            Assert.DoesNotContain(line, static one => char.IsControl(one) || one is '\u2028' or '\u2029');
            Assert.Equal(line, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)));
            Assert.InRange(line.Length, 0, 219);
        });

    [Fact]
    public void Different_short_texts_stay_different() =>
        Gen.Select(Gen.String[Gen.Char["ab\t\n\\\"tn "], 0, 8], Gen.String[Gen.Char["ab\t\n\\\"tn "], 0, 8]).Sample(static (one, other) =>
            Assert.Equal(one == other, JobLogText.Of(one) == JobLogText.Of(other)));

    [Fact]
    public void Hashes_of_a_million_texts_are_all_different_and_none_is_zero()
    {
        HashSet<ulong> seen = [];
        byte[] bytes = new byte[32];
        for (int item = 0; item < 1_000_000; item++)
        {
            item.TryFormat(bytes, out int length, default, CultureInfo.InvariantCulture);
            Assert.True(seen.Add(JobLogText.Hash(bytes.AsSpan(0, length))));
        }

        Assert.DoesNotContain(0UL, seen);
        Assert.NotEqual(0UL, JobLogText.Hash([]));
    }

    private sealed class Thrower
    {
        public override string ToString() => throw new InvalidOperationException("no text");
    }
}

using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Text.RegularExpressions;
using System.Xml;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

public sealed class RoundTripTests
{
    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void A_value_comes_back_as_what_it_was(string name)
    {
        object? value = Samples.ByName[name];
        Assert.True(Wires.Same(value, Wires.RoundTrip(value)));
    }

    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void A_value_that_arrives_in_small_pieces_is_the_same(string name)
    {
        object? value = Samples.ByName[name];
        byte[] bytes = Wires.Write(value);
        for (int size = 1; size <= 5; size += 2)
        {
            Assert.True(Wires.Same(value, ObjectSerializer.Full.Deserialize(Wires.Split(bytes, size))));
        }
    }

    [Theory]
    [MemberData(nameof(Samples.Names), MemberType = typeof(Samples))]
    public void A_wrapper_that_says_nothing_is_left_out(string name)
    {
        object? value = Samples.ByName[name];
        if (value is not null)
        {
            Assert.Equal(Wires.Write(value), Wires.Write(new PSObject(value)));
        }
    }

    [Fact]
    public void An_int_takes_one_byte_and_a_short_string_one_more_than_its_length()
    {
        Assert.Equal([42], Wires.Write(42));
        Assert.Equal(6, Wires.Write("hello").Length);
        Assert.Equal(3, Wires.Write(5L).Length);
    }

    [Fact]
    public void A_hashtable_keeps_whether_keys_compare_by_case()
    {
        Assert.Equal(1, Assert.IsType<Hashtable>(Wires.Run("@{ Abc = 1 }", static o => Wires.RoundTrip((object)o))[0])["aBC"]);
        Assert.Null(Wires.RoundTrip(new Hashtable { ["Abc"] = 1 })["aBC"]);
        Assert.Equal(1, Wires.RoundTrip(new Hashtable(StringComparer.CurrentCultureIgnoreCase) { ["Abc"] = 1 })["aBC"]);
        Assert.Equal(1, Assert.IsType<OrderedDictionary>(Wires.Run("[ordered]@{ Abc = 1 }", static o => Wires.RoundTrip((object)o))[0])["aBC"]);
        Assert.Null(Wires.RoundTrip(new OrderedDictionary { ["Abc"] = 1 })["aBC"]);
    }

    [Fact]
    public void Sets_and_dictionaries_keep_whether_keys_compare_by_case()
    {
        Assert.Contains("A", Wires.RoundTrip(new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a" }));
        Assert.DoesNotContain("A", Wires.RoundTrip(new HashSet<string> { "a" }));
        Assert.True(Wires.RoundTrip(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 }).ContainsKey("A"));
    }

    [Fact]
    public void A_regex_keeps_options_and_timeout()
    {
        Regex regex = Wires.RoundTrip(new Regex("a(b)+é", RegexOptions.IgnoreCase | RegexOptions.RightToLeft, TimeSpan.FromSeconds(3)));
        Assert.Equal("a(b)+é", regex.ToString());
        Assert.Equal(RegexOptions.IgnoreCase | RegexOptions.RightToLeft, regex.Options);
        Assert.Equal(TimeSpan.FromSeconds(3), regex.MatchTimeout);
    }

    [Fact]
    public void An_xml_document_comes_back_and_cannot_bring_a_dtd()
    {
        XmlDocument document = new();
        document.LoadXml("<a><b c=\"1\"> x </b></a>");
        Assert.Equal(document.OuterXml, Wires.RoundTrip(document).OuterXml);
        document.LoadXml("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>");
        Assert.Throws<InvalidDataFrameException>(() => Wires.RoundTrip(document));
    }

    [Fact]
    public void Secrets_come_back_in_the_full_profile_and_are_refused_in_the_plain_one()
    {
        using SecureString secret = new NetworkCredential("", "pässword\ud83d\ude00").SecurePassword;
        SecureString copy = Wires.RoundTrip(secret);
        Assert.Equal("pässword😀", new NetworkCredential("", copy).Password);
        Assert.Equal(secret.IsReadOnly(), copy.IsReadOnly());
        Assert.Equal(0, Wires.RoundTrip(new SecureString()).Length);
        PSCredential credential = Wires.RoundTrip(new PSCredential("me", secret));
        Assert.Equal("me", credential.UserName);
        Assert.Equal("pässword😀", credential.GetNetworkCredential().Password);
        Assert.Same(PSCredential.Empty, Wires.RoundTrip(PSCredential.Empty));
        Assert.Throws<NotSerializableException>(() => Wires.Write(secret, ObjectSerializer.Plain));
        Assert.Throws<NotSerializableException>(() => Wires.Write(new object[] { credential }, ObjectSerializer.Plain));
    }

    [Fact]
    public void A_local_time_from_another_zone_is_the_same_moment()
    {
        byte[] bytes = Wires.Write(new DateTime(2026, 7, 2, 12, 0, 0, DateTimeKind.Local));
        TimeSpan here = TimeZoneInfo.Local.GetUtcOffset(new DateTime(2026, 7, 2, 12, 0, 0, DateTimeKind.Local));
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 2), (short)(here.TotalMinutes + 60));
        DateTime time = Assert.IsType<DateTime>(Wires.Read(bytes));
        Assert.Equal(new DateTime(2026, 7, 2, 11, 0, 0, DateTimeKind.Local), time);
        Assert.Equal(DateTimeKind.Local, time.Kind);
    }

    [Fact]
    public void Collections_of_types_that_do_not_come_back_are_lists_that_name_their_type()
    {
        PSObject list = Assert.IsType<PSObject>(Wires.RoundTrip((object)new List<KeyValuePair<string, object>> { new("a", 1) }));
        ArrayList items = Assert.IsType<ArrayList>(list.BaseObject);
        Assert.StartsWith("Deserialized.System.Collections.Generic.List`1", list.TypeNames[0], StringComparison.Ordinal);
        Assert.Equal(new KeyValuePair<string, object?>("a", 1), items[0]);
        PSObject map = Assert.IsType<PSObject>(Wires.RoundTrip((object)new Dictionary<string, FileAttributes> { ["a"] = FileAttributes.Hidden }));
        Assert.Equal(FileAttributes.Hidden, Assert.IsType<OrderedDictionary>(map.BaseObject)["a"]);
        Assert.Equal([1, 2], Assert.IsType<ArrayList>(Assert.IsType<PSObject>(Wires.RoundTrip((object)Enumerable.Range(1, 2))).BaseObject).Cast<int>());
    }

    [Fact]
    public void A_list_of_things_to_send_may_be_of_any_length()
    {
        int[] many = [.. Enumerable.Range(0, 70_000)];
        Assert.Equal(many, Wires.RoundTrip(many));
        object[] boxed = [.. many.Cast<object>()];
        Assert.Equal(boxed, Wires.RoundTrip(boxed));
        string[] texts = Array.ConvertAll(many, i => i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(texts, Wires.RoundTrip(texts));
    }
}

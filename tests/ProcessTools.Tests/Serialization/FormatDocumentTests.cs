using System.Reflection;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

/// <summary>FORMAT.md says what the code does.</summary>
public sealed class FormatDocumentTests
{
    private const string Format = "src/ProcessTools.Engine/Serialization/FORMAT.md";

    public static TheoryData<string, string, bool> Examples
    {
        get
        {
            TheoryData<string, string, bool> data = [];
            foreach ((string heading, bool isPlain) in new[] { ("Examples: the full profile", false), ("Examples: the plain profile", true) })
            {
                foreach (string[] row in MarkdownTable.Rows(Format, heading))
                {
                    data.Add(row[0].Trim('`'), row[1].Trim('`'), isPlain);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_has_the_bytes_that_the_document_shows(string script, string bytes, bool isPlain)
    {
        List<object?> output = Wires.Run($",({script})", o => o?.BaseObject is object?[] or System.Management.Automation.PSCustomObject ? o : o?.BaseObject);
        ObjectSerializer serializer = isPlain ? ObjectSerializer.Plain : ObjectSerializer.Full;
        Assert.Equal(bytes, string.Join(' ', Wires.Write(output[0], serializer).Select(static b => $"{b:x2}")));
    }

    [Fact]
    public void Every_code_is_in_the_document_and_no_other()
    {
        Dictionary<string, string> documented = MarkdownTable.Rows(Format, "Values of the full profile")
            .Concat(MarkdownTable.Rows(Format, "Markers of the full profile"))
            .ToDictionary(static r => r[1], static r => r[0]);
        Dictionary<string, string> declared = typeof(WireCode).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Where(static f => f.Name != nameof(WireCode.FirstComposite))
            .ToDictionary(static f => f.Name, static f => f.GetRawConstantValue()!.ToString()!);
        Assert.Equal(declared.OrderBy(static p => p.Key), documented.OrderBy(static p => p.Key));
    }
}

using System.Management.Automation;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

/// <summary>The table of types in the documents says what happens.</summary>
public sealed class TypeTableTests
{
    public static TheoryData<string, string, string, string> Rows
    {
        get
        {
            TheoryData<string, string, string, string> data = [];
            foreach (string[] row in MarkdownTable.Rows("docs/serialization.md", "Types"))
            {
                data.Add(row[0].Trim('`'), row[1], row[2], row[3]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_of_the_table_is_true(string script, string clixml, string full, string plain)
    {
        string[] arrived = (string[])Wires.Run($"[pscustomobject]@{{ Value = ({script}) }}", static o => new[]
        {
            Name(() => PSSerializer.Deserialize(PSSerializer.Serialize(o, 2))),
            Name(() => Wires.RoundTrip((object)o)),
            Name(() => Wires.RoundTrip((object)o, ObjectSerializer.Plain)),
        })[0]!;
        Assert.Equal([clixml, full, plain], arrived);
    }

    private static string Name(Func<object?> send)
    {
        object? arrived;
        try
        {
            arrived = send();
        }
        catch (NotSerializableException)
        {
            return "refused";
        }

        object? value = arrived is System.Collections.IDictionary map ? map["Value"] : ((PSObject)arrived!).Properties["Value"].Value;
        if (value is not PSObject wrapper)
        {
            return value?.GetType().Name ?? "null";
        }

        // Without the arguments of a generic type, which name their assemblies with version and key.
        string typeName = wrapper.TypeNames[0].Split("[[")[0];
        bool isDeserialized = typeName.StartsWith("Deserialized.", StringComparison.Ordinal);
        return wrapper.BaseObject is PSCustomObject
            ? isDeserialized && typeName != "Deserialized.System.Management.Automation.PSCustomObject" ? typeName : nameof(PSCustomObject)
            : isDeserialized && typeName[(typeName.LastIndexOf('.') + 1)..] != wrapper.BaseObject.GetType().Name
                ? $"{wrapper.BaseObject.GetType().Name} as {typeName}"
                : wrapper.BaseObject.GetType().Name;
    }
}

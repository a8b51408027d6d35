using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

public sealed class ObjectTests
{
    [Fact]
    public void A_pscustomobject_keeps_its_properties_in_order_and_its_type_names()
    {
        PSObject value = Wires.Custom(("b", 1), ("a", "x"), ("c", Wires.Custom(("d", null))));
        Assert.True(Wires.Same(value, Wires.RoundTrip(value)));
        PSObject named = (PSObject)Wires.Run("[pscustomobject]@{ PSTypeName = 'My.Type'; z = 1; y = @(1, 2) }", static o => Wires.RoundTrip((object)o))[0]!;
        Assert.Equal(["My.Type", "System.Management.Automation.PSCustomObject", "System.Object"], named.TypeNames);
        Assert.Equal(["z", "y"], named.Properties.Select(p => p.Name));
        Assert.Equal(new object[] { 1, 2 }, named.Properties["y"].Value);
        Assert.True(Wires.Same(new PSObject(), Wires.RoundTrip((object)new PSObject())));
    }

    [Fact]
    public void An_object_of_five_properties_takes_an_eighth_of_what_CLIXML_takes()
    {
        PSObject value = Wires.Custom(("Id", 1), ("Name", "some name"), ("When", DateTime.UnixEpoch), ("Ok", true), ("Tags", new[] { 1, 2, 3 }));
        int clixml = System.Text.Encoding.UTF8.GetByteCount(PSSerializer.Serialize(value));
        Assert.True(Wires.Write(value).Length * 8 < clixml, $"{Wires.Write(value).Length} bytes, CLIXML {clixml}");
    }

    [Fact]
    public void A_member_that_arrives_is_seen_by_a_script_that_ran_before_it_did()
    {
        // PowerShell remembers at each place of a script that no object has a member of a name, until one is made the public way.
        using PowerShell shell = PowerShell.Create(InitialSessionState.CreateDefault2());
        shell.AddScript("function Get-Odd($o) { $o.OddMember1234 }; Get-Odd 'x'; Get-Odd ([pscustomobject]@{ Other = 1 })").Invoke();
        byte[] bytes = Wires.Write(Wires.Custom(("OddMember1234", 7)));
        for (int i = 0; i < 3; i++)
        {
            shell.Commands.Clear();
            Assert.Equal(7, shell.AddScript("param($o) Get-Odd $o").AddArgument(Wires.Read(bytes)).Invoke()[0].BaseObject);
        }
    }

    [Fact]
    public void Objects_of_one_shape_name_their_properties_once()
    {
        PSObject Make(int i) => Wires.Custom(("FirstProperty", i), ("SecondProperty", "x"));
        int one = Wires.Write(new object[] { Make(1) }).Length;
        int ten = Wires.Write(Enumerable.Range(1, 10).Select(i => (object)Make(i)).ToArray()).Length;
        Assert.True(ten < one + (9 * 9), $"{one} bytes for one, {ten} for ten");
    }

    [Fact]
    public void More_shapes_than_a_message_remembers_do_no_harm()
    {
        object[] values = [.. Enumerable.Range(0, 600).Select(i => Wires.Custom(($"P{i % 300}", i), ("Q", i)))];
        Assert.True(Wires.Same(values, Wires.RoundTrip((object)values)));
    }

    [Fact]
    public void A_string_keeps_its_note_properties_and_another_of_the_same_text_gets_none()
    {
        PSObject line = new("text");
        line.Properties.Add(new PSNoteProperty("ReadCount", 3L));
        PSObject copy = Assert.IsType<PSObject>(Wires.RoundTrip((object)line));
        Assert.Equal("text", copy.BaseObject);
        Assert.Equal(3L, copy.Properties["ReadCount"].Value);
        Assert.Null(new PSObject("text").Properties["ReadCount"]);
    }

    [Fact]
    public void Live_objects_behind_notes_and_properties_become_text_and_their_secrets_stay()
    {
        PSObject line = new("text");
        line.Properties.Add(new PSNoteProperty("PSDrive", new FileInfo("a.txt")));
        line.Properties.Add(new PSNoteProperty("Data", Wires.Custom(("a", 1))));
        PSObject copy = Assert.IsType<PSObject>(Wires.RoundTrip((object)line));
        Assert.Equal("a.txt", copy.Properties["PSDrive"].Value);
        Assert.Equal(1, ((PSObject)copy.Properties["Data"].Value).Properties["a"].Value);

        PSObject drive = new(new FileInfo("a.txt"));
        drive.Properties.Add(new PSNoteProperty("Credential", PSCredential.Empty));
        drive.Properties.Add(new PSNoteProperty("Script", ScriptBlock.Create("1")));
        System.Collections.Specialized.OrderedDictionary plain = Assert.IsType<System.Collections.Specialized.OrderedDictionary>(Wires.RoundTrip((object)drive, ObjectSerializer.Plain));
        Assert.Null(plain["Credential"]);
        Assert.Equal("1", plain["Script"]);
    }

    [Fact]
    public void A_value_keeps_type_names_added_to_it()
    {
        PSObject number = PSObject.AsPSObject(5);
        number.TypeNames.Insert(0, "Unit.Metre");
        PSObject copy = Assert.IsType<PSObject>(Wires.RoundTrip((object)number));
        Assert.Equal(5, copy.BaseObject);
        Assert.Equal("Unit.Metre", copy.TypeNames[0]);
        Assert.Equal("System.Int32", copy.TypeNames[1]);
    }

    [Fact]
    public void Script_properties_arrive_as_their_values()
    {
        PSObject value = (PSObject)Wires.Run("[pscustomobject]@{ a = 2 } | ForEach-Object { $_.psobject.Properties.Add([psscriptproperty]::new('Twice', { $this.a * 2 })); $_ }", static o => Wires.RoundTrip((object)o))[0]!;
        Assert.Equal(4, value.Properties["Twice"].Value);
    }

    [Fact]
    public void Properties_that_type_data_adds_arrive_and_those_that_throw_are_left_out()
    {
        TypeData data = new("Some.Thing");
        data.Members.Add("Twice", new ScriptPropertyData("Twice", ScriptBlock.Create("$this.a * 2")));
        data.Members.Add("Bad", new ScriptPropertyData("Bad", ScriptBlock.Create("throw 'no'")));
        PSObject value = (PSObject)Wires.Run(
            "[pscustomobject]@{ PSTypeName = 'Some.Thing'; a = 2 }", static o => Wires.RoundTrip((object)o), data)[0]!;
        Assert.Equal(["a=2", "Twice=4"], value.Properties.Where(p => p is PSNoteProperty).Select(p => $"{p.Name}={p.Value}").Order());
        Assert.Equal(4, value.Properties["Twice"].Value);
    }

    [Fact]
    public void A_live_object_becomes_a_bag_of_its_properties_one_level_deep()
    {
        FileInfo file = new(Path.Combine(Path.GetTempPath(), "some.txt"));
        PSObject copy = Assert.IsType<PSObject>(Wires.RoundTrip((object)file));
        Assert.Equal(["Deserialized.System.IO.FileInfo", "Deserialized.System.IO.FileSystemInfo"], copy.TypeNames.Take(2));
        Assert.Equal("some.txt", copy.Properties["Name"].Value);
        Assert.Equal(file.ToString(), copy.ToString());
        Assert.IsType<string>(copy.Properties["Directory"].Value);
        Assert.Null(copy.Properties["Length"]);
    }

    [Fact]
    public void A_process_is_sent_without_exploding()
    {
        using Process process = Process.GetCurrentProcess();
        byte[] bytes = Wires.Write(process);
        Assert.True(bytes.Length < 200_000, $"{bytes.Length} bytes");
        PSObject copy = Assert.IsType<PSObject>(Wires.Read(bytes));
        Assert.Equal(process.Id, copy.Properties["Id"].Value);
        Assert.True(Wires.Same(copy, Wires.RoundTrip((object)copy)), "what arrived can be sent on");
        Assert.Equal(copy.ToString(), Wires.RoundTrip((object)copy)!.ToString());
    }

    [Fact]
    public void Instances_of_PowerShell_classes_are_data_all_the_way_down()
    {
        PSObject outer = (PSObject)Wires.Run(
            """
            class Inner { [int] $Number = 7; [string] ToString() { return 'inner!' } }
            class Middle { [Inner] $Inner = [Inner]::new() }
            class Outer : Middle { [Middle[]] $Middles = @([Middle]::new()); hidden [int] $Secret = 1; static [int] $S = 2 }
            [Outer]::new()
            """,
            o => Wires.RoundTrip(o.BaseObject))[0]!;
        Assert.Equal(["Deserialized.Outer", "Deserialized.Middle", "Deserialized.System.Object"], outer.TypeNames);
        Assert.Equal(["Inner", "Middles"], outer.Properties.Select(p => p.Name).Order());
        PSObject inner = (PSObject)outer.Properties["Inner"].Value;
        Assert.Equal(7, inner.Properties["Number"].Value);
        Assert.Equal("inner!", inner.ToString());
        PSObject middles = (PSObject)outer.Properties["Middles"].Value;
        PSObject middle = (PSObject)((ArrayList)middles.BaseObject)[0]!;
        Assert.Equal(7, ((PSObject)middle.Properties["Inner"].Value).Properties["Number"].Value);
    }

    [Fact]
    public void An_object_of_any_class_is_written_the_same_without_a_runspace()
    {
        PSObject copy = Assert.IsType<PSObject>(Wires.RoundTrip((object)new Plain { Number = 3, Field = "f" }));
        Assert.Equal(3, copy.Properties["Number"].Value);
        Assert.Equal("f", copy.Properties["Field"].Value);
        Assert.Null(copy.Properties["Bad"]);
        Assert.Equal("plain", copy.ToString());
        Assert.EndsWith("Plain", copy.TypeNames[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_enum_of_a_script_arrives_as_its_number_and_name()
    {
        PSObject value = (PSObject)Wires.Run("enum Colour { Red = 3; Blue = 4 }; [Colour]::Blue", static o => Wires.RoundTrip((object)o))[0]!;
        Assert.Equal(4, value.BaseObject);
        Assert.Equal("Deserialized.Colour", value.TypeNames[0]);
        Assert.Equal("Blue", value.ToString());
        PSObject again = (PSObject)Wires.RoundTrip((object)value)!;
        Assert.Equal("Blue", again.ToString());
    }

    [Fact]
    public void What_came_from_CLIXML_can_be_sent_on()
    {
        object fromClixml = PSSerializer.Deserialize(PSSerializer.Serialize(new FileInfo("x.txt")));
        PSObject copy = Assert.IsType<PSObject>(Wires.RoundTrip(fromClixml));
        Assert.Equal("x.txt", copy.Properties["Name"].Value);
        Assert.Equal("Deserialized.System.IO.FileInfo", copy.TypeNames[0]);
    }

    [Fact]
    public void A_script_block_keeps_text_file_and_position()
    {
        string script = "\n\n   $x = { param($n)\n throw \"no $n\" }; $x";
        ScriptBlock original = (ScriptBlock)((PSObject)Wires.Run(script)[0]!).BaseObject;
        ScriptBlock copy = Wires.RoundTrip(original);
        Assert.Equal(original.ToString(), copy.ToString());
        Assert.Equal(original.Ast.Extent.StartLineNumber, copy.Ast.Extent.StartLineNumber);
        Assert.Equal(original.Ast.Extent.StartColumnNumber, copy.Ast.Extent.StartColumnNumber);
        ScriptBlock fromFile = ((ScriptBlockExpressionAst)Parser.ParseInput("\n{ $PSScriptRoot }", "/some/where/a.ps1", out _, out _)
            .Find(static a => a is ScriptBlockExpressionAst, false)).ScriptBlock.GetScriptBlock();
        Assert.Equal("/some/where/a.ps1", Wires.RoundTrip(fromFile).File);
        Assert.Equal("1 + 1", Wires.RoundTrip(ScriptBlock.Create("1 + 1")).ToString());
        Assert.Equal("using namespace System.IO; 1", Wires.RoundTrip(ScriptBlock.Create("using namespace System.IO; 1")).ToString());
        Assert.Throws<NotSerializableException>(() => Wires.Write(copy, ObjectSerializer.Plain));
    }

    [Fact]
    public void A_script_block_that_arrived_runs()
    {
        ScriptBlock copy = Wires.RoundTrip(ScriptBlock.Create("param($a, $b) $a + $b"));
        using PowerShell shell = PowerShell.Create(InitialSessionState.CreateDefault2());
        Assert.Equal(5, shell.AddScript("param($s) & $s 2 3").AddArgument(copy).Invoke()[0].BaseObject);
        ScriptBlock function = (ScriptBlock)((PSObject)Wires.Run("function f($a) { $a * 2 }; $function:f")[0]!).BaseObject;
        shell.Commands.Clear();
        Assert.Equal(8, shell.AddScript("param($s) & $s 4").AddArgument(Wires.RoundTrip(function)).Invoke()[0].BaseObject);
    }

    private sealed class Plain
    {
        public string Field = "";

        public int Number { get; set; }

        public string Bad => throw new InvalidOperationException(Field);

        public override string ToString() => $"plain{(Field.Length > 99 ? Bad : "")}";
    }
}

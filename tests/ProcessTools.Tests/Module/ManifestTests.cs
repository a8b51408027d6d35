using System.Collections;
using System.Management.Automation.Language;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

public sealed class ManifestTests
{
    private static readonly Hashtable s_manifest = Read();

    public static IEnumerable<string> ExportedCommands => Strings("CmdletsToExport");

    private static Hashtable Gallery => (Hashtable)((Hashtable)s_manifest["PrivateData"]!)["PSData"]!;

    [Theory]
    [InlineData("RootModule")]
    [InlineData("ModuleVersion")]
    [InlineData("GUID")]
    [InlineData("Author")]
    [InlineData("CompanyName")]
    [InlineData("Copyright")]
    [InlineData("Description")]
    [InlineData("PowerShellVersion")]
    public void The_manifest_says_what_the_gallery_asks_for(string key)
    {
        Assert.NotEmpty(Assert.IsType<string>(s_manifest[key]));
    }

    [Fact]
    public void Its_tags_are_single_words_and_name_edition_and_platforms()
    {
        string[] tags = [.. ((object[])Gallery["Tags"]!).Cast<string>()];
        Assert.All(tags, tag => Assert.DoesNotContain(' ', tag));
        Assert.Superset(new HashSet<string> { "PSEdition_Core", "Linux", "MacOS", "Windows" }, tags.ToHashSet());
        Assert.Equal(["Core"], Strings("CompatiblePSEditions"));
    }

    [Theory]
    [InlineData("CmdletsToExport")]
    [InlineData("FunctionsToExport")]
    [InlineData("AliasesToExport")]
    [InlineData("VariablesToExport")]
    public void Exports_are_lists_of_names(string key)
    {
        Assert.All(Strings(key), name => Assert.DoesNotContain('*', name));
    }

    [Fact]
    public void Its_version_is_that_of_the_assemblies()
    {
        Version assembly = typeof(ModuleInitializer).Assembly.GetName().Version!;
        Assert.Equal(assembly.ToString(3), s_manifest["ModuleVersion"]);
    }

    [Fact]
    public void The_files_that_it_names_are_staged()
    {
        string[] files = [(string)s_manifest["RootModule"]!, .. Strings("FormatsToProcess")];
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(Repository.Root, file)), file));
    }

    private static IEnumerable<string> Strings(string key) => Assert.IsType<object[]>(s_manifest[key]).Cast<string>();

    private static Hashtable Read()
    {
        ScriptBlockAst script = Parser.ParseFile(Repository.Manifest, out _, out ParseError[] errors);
        Assert.Empty(errors);
        return (Hashtable)script.Find(node => node is HashtableAst, searchNestedScriptBlocks: false).SafeGetValue();
    }
}

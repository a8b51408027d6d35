using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

/// <summary>What importing the module does to a process, and what it leaves alone.</summary>
public sealed class ModuleImportTests(ScriptSession session) : IClassFixture<ScriptSession>
{
    [Fact]
    public void The_module_imports_from_the_checkout_and_its_types_have_names()
    {
        string[] lines = session.Run("'{0}' -f [ProcessTools.ProcessToolsException].FullName; (Get-Module ProcessTools).Version.ToString()");
        Assert.Equal(["ProcessTools.ProcessToolsException", "0.1.0"], lines);
    }

    [Fact]
    public void Its_types_have_names_in_other_runspaces_too()
    {
        string[] lines = session.Run("$shell = [powershell]::Create([initialsessionstate]::CreateDefault2()).AddScript('[ProcessTools.ProcessToolsException].Name'); $shell.Invoke()");
        Assert.Equal(["ProcessToolsException"], lines);
    }

    [Fact]
    public void It_exports_what_the_manifest_names_and_nothing_else()
    {
        string[] lines = session.Run("(Get-Command -Module ProcessTools | ForEach-Object Name) -join ','");
        Assert.Equal([string.Join(',', ManifestTests.ExportedCommands.Order())], lines);
    }

    [Fact]
    public void It_can_be_removed_and_imported_again_and_again()
    {
        string[] lines = session.Run(
            "foreach ($i in 1..3) { Remove-Module ProcessTools; \"$i $(@(Get-Module ProcessTools).Count) $(@(Get-Command -Module ProcessTools).Count)\"; Import-Module $args[0] -Force }; @(Get-Module ProcessTools).Count");
        Assert.Equal(["1 0 0", "2 0 0", "3 0 0", "1"], lines);
    }

    [Fact]
    public void The_engine_loads_in_a_context_of_its_own_and_the_shared_types_in_the_default_one()
    {
        string[] lines = session.Run(
            """
            $engine = [System.Reflection.Assembly]::Load('ProcessTools.Engine')
            [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($engine).Name
            [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([ProcessTools.ProcessToolsException].Assembly).Name
            """);
        Assert.Equal(["ProcessTools", "Default"], lines);
    }

    [Fact]
    public void Importing_does_not_load_what_only_messages_need()
    {
        string[] lines = session.Run("@([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -eq 'MessagePack').Count");
        Assert.Equal(["0"], lines);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_version_of_MessagePack_and_ours_never_meet(bool otherFirst)
    {
        string other = Path.Combine(Repository.OutputOf("tests/Fixtures/OtherMessagePack", "net8.0"), "OtherMessagePack.dll");
        string[] steps =
        [
            "Add-Other",
            """
            Import-Module $args[0]
            $engine = [System.Reflection.Assembly]::Load('ProcessTools.Engine')
            $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($engine)
            $ours = $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('MessagePack'))
            """,
        ];
        string script =
            $$"""
            function Add-Other { $null = [System.Reflection.Assembly]::LoadFrom('{{other}}'); if ([OtherMessagePack.Codec]::RoundTrip(42) -ne 42) { throw 'The other codec fails.' } }
            {{steps[otherFirst ? 0 : 1]}}
            {{steps[otherFirst ? 1 : 0]}}
            "ours $($ours.GetName().Version.Major) in $([System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($ours).Name)"
            if (-not [object]::ReferenceEquals($ours.GetType('MessagePack.MessagePackWriter').Assembly, $ours)) { throw 'Another assembly answered.' }
            foreach ($a in [AppDomain]::CurrentDomain.GetAssemblies()) {
                $name = $a.GetName()
                if ($name.Name -eq 'MessagePack' -and -not [object]::ReferenceEquals($a, $ours)) { "other $($name.Version.Major) in $([System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($a).Name)" }
            }
            """;
        ScriptResult result = ScriptProcess.Run("-CommandWithArgs", script, Repository.Manifest);
        Assert.Empty(result.Error);
        Assert.Equal(["ours 3 in ProcessTools", "other 2 in Default"], result.Lines);
    }
}

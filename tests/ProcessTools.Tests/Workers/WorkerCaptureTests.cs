using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>What travels with a script block.</summary>
public sealed class WorkerCaptureTests : IDisposable
{
    private readonly ShellSession _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Functions_travel_with_the_functions_that_they_call()
    {
        Assert.Equal("outer inner 2", Assert.Single(_shell.Run(
            "function Get-Inner($n) { \"inner $n\" }\nfunction Get-Outer { param($n) 'outer ' + (Get-Inner $n) }\nStart-WorkerProcess { Get-Outer 2 } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Filters_and_aliases_travel()
    {
        Assert.Equal([2, 4], _shell.Run(
            "filter Double { $_ * 2 }\n$null = $ExecutionContext.InvokeProvider.Item.Set('alias:dbl', 'Double')\nStart-WorkerProcess { 1, 2 | dbl } | Receive-Job -Wait").Select(item => item.BaseObject));
    }

    [Fact]
    public void An_error_in_a_function_that_travelled_names_its_own_line()
    {
        ErrorRecord error = Assert.Single(_shell.TryRun("function Fail(\n  $a\n) {\n  throw 'here'\n}\nStart-WorkerProcess { Fail 1 } | Receive-Job -Wait").Errors);
        Assert.Equal(4, error.InvocationInfo.ScriptLineNumber);
    }

    [Fact]
    public void No_import_leaves_functions_behind_but_for_those_named()
    {
        ShellResult result = _shell.TryRun(
            "function A { 'a' }; function B { 'b' }; Start-WorkerProcess { B; A } -NoImport -Function B | Receive-Job -Wait");
        Assert.Equal("b", Assert.Single(result.Output).BaseObject);
        Assert.Equal("CommandNotFoundException", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void Named_variables_travel()
    {
        Assert.Equal("1 two", Assert.Single(_shell.Run("$one = 1; $two = 'two'; Start-WorkerProcess { \"$one $two\" } -Variable one, two | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Classes_of_the_same_script_travel_with_their_bases()
    {
        Assert.Equal("Derived of Base, Red", Assert.Single(_shell.Run(
            "enum Colour { Red; Green }\nclass Base { [string] Name() { return 'Base' } }\nclass Derived : Base { [Colour] $C = 'Red'; [string] Full() { return \"Derived of $($this.Name()), $($this.C)\" } }\n"
            + "Start-WorkerProcess { [Derived]::new().Full() } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Classes_and_enums_defined_earlier_at_the_prompt_travel()
    {
        _shell.Run("class Earlier { [int] $N = 41; [int] Next() { return $this.N + 1 } }");
        _shell.Run("enum Size { Small = 1; Large = 10 }");
        Assert.Equal("42 Large 10", Assert.Single(_shell.Run("Start-WorkerProcess { \"$([Earlier]::new().Next()) $([Size]::Large) $([int][Size]::Large)\" } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Using_namespace_of_the_callers_file_holds_in_the_worker()
    {
        Assert.Equal("StringBuilder", Assert.Single(_shell.Run("using namespace System.Text\nStart-WorkerProcess { [StringBuilder].Name } | Receive-Job -Wait")).BaseObject);
    }

    [Fact]
    public void Modules_of_commands_are_imported_from_the_same_place()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string module = Path.Combine(folder, "Elsewhere.psm1");
            File.WriteAllText(module, "function Get-FromModule { \"module $PSScriptRoot $(Get-Private)\" }\nfunction Get-Private { 'private' }\nExport-ModuleMember Get-FromModule");
            Assert.Equal($"module {folder} private", Assert.Single(_shell.Run(
                "param($module) Import-Module $module; Start-WorkerProcess { Get-FromModule } | Receive-Job -Wait", module)).BaseObject);
            Assert.Equal(1, Assert.Single(_shell.Run(
                "param($module) Start-WorkerProcess { @(Get-Module Elsewhere).Count } -Module $module | Receive-Job -Wait", module)).BaseObject);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_constrained_session_cannot_escape_through_a_worker()
    {
        using ShellSession constrained = new(PSLanguageMode.ConstrainedLanguage);
        ShellResult result = constrained.TryRun(
            "function Get-Mode { $ExecutionContext.SessionState.LanguageMode }\n"
            + "Start-WorkerProcess { \"$($ExecutionContext.SessionState.LanguageMode) $(Get-Mode)\"; [IO.File]::Exists('/') } -InitializationScript { $null = 1 } | Receive-Job -Wait");
        Assert.Equal("ConstrainedLanguage ConstrainedLanguage", Assert.Single(result.Output).BaseObject);
        Assert.Equal("MethodInvocationNotSupportedInConstrainedLanguage", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }
}

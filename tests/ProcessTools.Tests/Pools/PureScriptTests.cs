using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.Pools.Hosting;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>Scripts that are only expressions: which they are, and that running many in one loop makes no difference.</summary>
public sealed class PureScriptTests(PoolSession session) : PoolTest(session)
{
    [Theory]
    [InlineData("$_ * 2", true)]
    [InlineData("$PSItem.Name; \"$($_.Length) $_\"", true)]
    [InlineData("if ($_ -gt 2) { $_ } else { -$_ }", true)]
    [InlineData("@{ a = $_; b = 1, 2 }['a']", true)]
    [InlineData("[pscustomobject]@{ N = [int] $_ }", true)]
    [InlineData("", false)]
    [InlineData("param($x) $x * 2", false)]
    [InlineData("$x = $_; $x", false)]
    [InlineData("$_.Method()", false)]
    [InlineData("[Environment]::Exit(1)", false)]
    [InlineData("[Environment]::TickCount", false)]
    [InlineData("Get-Item $_", false)]
    [InlineData("$_ | ForEach-Object { $_ }", false)]
    [InlineData("$i++", false)]
    [InlineData("$_ -match 'a'", false)]
    [InlineData("$_ > file", false)]
    [InlineData("$args[0]", false)]
    [InlineData("@($input)", false)]
    [InlineData("return $_", false)]
    [InlineData("throw $_", false)]
    [InlineData("foreach ($i in 1..3) { $i }", false)]
    [InlineData("process { $_ }", false)]
    [InlineData("{ $_ }", false)]
    [InlineData("[IO.FileInfo] $_", false)]
    [InlineData("$_ * $(Get-Item x)", false)]
    [InlineData("trap { } $_", false)]
    public void A_script_is_pure_when_nothing_can_tell_one_scope_from_many(string script, bool isPure)
    {
        Assert.Equal(isPure, PureScript.IsPure((ScriptBlockAst)ScriptBlock.Create(script).Ast));
    }

    [Theory]
    [InlineData("$_ * 2")]
    [InlineData("$_; \"text $PSItem\"; $_, $_")]
    [InlineData("if ($_ % 3) { $_ }")]
    [InlineData("100 / ($_ % 7)")]
    [InlineData("[int] \"$(if ($_ % 5) { $_ } else { 'x' })\"; 'after'")]
    [InlineData("@{ n = $_ }.n + $using:offset")]
    [InlineData(", @($_, 1)")]
    [InlineData("$null")]
    public void In_one_loop_items_give_what_they_give_one_by_one(string script)
    {
        string Run(string text) => $"$offset = 5; 1..400 | Invoke-ProcessPool {{ {text} }} -AsRecord -Pool $pool | ForEach-Object {{ \"$($_.Index) $($_.Status) [$($_.Output -join '|')] $($_.Output.Count) $($_.Errors -join '|')\" }}";
        Assert.Equal(All(Run("$impure = 1; " + script)), All(Run(script)));
    }
}

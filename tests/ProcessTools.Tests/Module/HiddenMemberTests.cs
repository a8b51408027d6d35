using System.Management.Automation;
using System.Text.RegularExpressions;
using ProcessTools.Engine.Runtime;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Module;

/// <summary>The members of PowerShell that are not public and that the module uses.</summary>
public sealed partial class HiddenMemberTests
{
    private static readonly HiddenMember s_missing = new("Runspace.Gone", "It is here for this test.", "nothing stops", static () => null);

    [Fact]
    public void This_PowerShell_has_all_of_them()
    {
        Assert.InRange(HiddenMembers.All.Count, 17, 60);
        Assert.All(HiddenMembers.All, static member => Assert.True(member.Exists, member.Name));
        Assert.Null(HiddenMembers.Warning(HiddenMembers.All));
    }

    [Fact]
    public void Each_says_what_it_is_for_and_each_is_there_once()
    {
        Assert.All(HiddenMembers.All, static member => Assert.EndsWith(".", member.Purpose, StringComparison.Ordinal));
        Assert.Equal(HiddenMembers.All.Count, HiddenMembers.All.Select(static member => member.Name).Distinct().Count());
    }

    [Fact]
    public void One_that_is_missing_is_a_warning_of_the_session_that_imports_the_module()
    {
        using ShellSession session = new();
        using PowerShell shell = PowerShell.Create(session.Runspace);
        List<string> warnings = [];
        shell.Streams.Warning.DataAdded += (sender, e) => warnings.Add(((PSDataCollection<WarningRecord>)sender!)[e.Index].Message);
        shell.AddScript("param($action) $action.Invoke()").AddArgument(new Action(static () => ModuleInitializer.Warn([.. HiddenMembers.All, s_missing]))).Invoke();
        string warning = Assert.Single(warnings);
        Assert.Contains("lacks Runspace.Gone. ProcessTools works, but nothing stops.", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void One_whose_absence_only_costs_time_is_no_warning() =>
        Assert.Null(HiddenMembers.Warning([new HiddenMember("PSObject.Gone", "Speed.", null, static () => null)]));

    [Fact]
    public void Only_the_catalogue_looks_for_what_is_not_public()
    {
        // What these look for is of our own types, or of classes that a script defines.
        string[] ours = ["ExceptionTable.Ours.cs", "TypeCapture.cs"];
        IEnumerable<string> others = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(static file => NotPublic().IsMatch(File.ReadAllText(file)))
            .Select(static file => Path.GetFileName(file))
            .Except(ours);
        Assert.Equal(["HiddenMembers.cs"], others);
    }

    [GeneratedRegex("NonPublic|UnsafeAccessor")]
    private static partial Regex NotPublic();
}

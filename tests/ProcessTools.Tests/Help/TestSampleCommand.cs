using System.Management.Automation;

namespace ProcessTools.Tests.Help;

/// <summary>A command with one of everything, for the tests of the help generator.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Sample", DefaultParameterSetName = "Second", SupportsShouldProcess = true)]
[OutputType(typeof(string))]
public sealed class TestSampleCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Second")]
    [SupportsWildcards]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, ParameterSetName = "First", ValueFromPipeline = true)]
    [Alias("Objects", "O")]
    public object[] Item { get; set; } = [];

    [Parameter]
    [ValidateSet("fast", "slow")]
    public string Mode { get; set; } = "fast";

    [Parameter]
    public SwitchParameter All { get; set; }

    [Parameter]
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(2.5);
}

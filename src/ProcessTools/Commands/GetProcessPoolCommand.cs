using System.Management.Automation;
using ProcessTools.Engine.Pools;

namespace ProcessTools.Commands;

/// <summary><c>Get-ProcessPool</c>: lists the session's pools.</summary>
[Cmdlet(VerbsCommon.Get, "ProcessPool", DefaultParameterSetName = NameSet)]
[OutputType(typeof(ProcessPool))]
public sealed class GetProcessPoolCommand : PSCmdlet
{
    private const string NameSet = "Name";
    private const string IdSet = "Id";

    /// <summary>The names, with wildcards.</summary>
    [Parameter(Position = 0, ParameterSetName = NameSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The numbers.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet)]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        PoolSelection selection = new(SessionPools.All);
        IEnumerable<PoolSelection.Match> matches = ParameterSetName == IdSet ? Id.Select(selection.ById) : (Name ?? ["*"]).Select(selection.ByName);
        foreach (PoolSelection.Match match in matches)
        {
            if (match.Error is not null)
            {
                WriteError(match.Error.ErrorRecord);
            }

            WriteObject(match.Pools, enumerateCollection: true);
        }
    }
}

using System.Management.Automation;
using ProcessTools.Engine.State;

namespace ProcessTools.Commands;

/// <summary><c>Get-SharedState</c>: the session's shared state, or the one of a name; or what there is of those with names.</summary>
[Cmdlet(VerbsCommon.Get, "SharedState", DefaultParameterSetName = StateSet)]
[OutputType(typeof(SharedState), ParameterSetName = [StateSet])]
[OutputType(typeof(SharedStateInfo), ParameterSetName = [ListSet])]
public sealed class GetSharedStateCommand : PSCmdlet
{
    private const string StateSet = "State";
    private const string ListSet = "List";

    /// <summary>The name by which other processes get it.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(StateNameCompleter))]
    public string? Name { get; set; }

    /// <summary>Make none.</summary>
    [Parameter(ParameterSetName = StateSet)]
    public SwitchParameter Existing { get; set; }

    /// <summary>Tell of those that exist.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ListSet)]
    public SwitchParameter ListAvailable { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            if (ListAvailable)
            {
                WriteObject(SharedStates.List(Name), enumerateCollection: true);
            }
            else
            {
                WriteObject(Name is null ? SharedStates.Own() : SharedStates.Open(Name, Existing));
            }
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }
}

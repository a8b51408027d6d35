using System.Management.Automation;
using ProcessTools.Engine.State;

namespace ProcessTools.Commands;

/// <summary><c>Remove-SharedState</c>: ends shared states with all that is in them.</summary>
[Cmdlet(VerbsCommon.Remove, "SharedState", DefaultParameterSetName = StateSet, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveSharedStateCommand : PSCmdlet
{
    private const string NameSet = "Name";
    private const string StateSet = "State";
    private const string RemoveAction = "Remove the shared state and all that is in it";

    /// <summary>The names, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(StateNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The states.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StateSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public SharedState[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == StateSet)
        {
            foreach (SharedState state in InputObject)
            {
                if (ShouldProcess(state.ToString(), RemoveAction))
                {
                    Try(() => SharedStates.Remove(state));
                }
            }

            return;
        }

        foreach (string name in Name)
        {
            Try(() => Remove(name));
        }
    }

    private void Remove(string name)
    {
        if (WildcardPattern.ContainsWildcardCharacters(name))
        {
            foreach (SharedStateInfo info in SharedStates.List(name))
            {
                if (ShouldProcess(info.Name, RemoveAction))
                {
                    // Another may have removed it meanwhile, which is as well.
                    SharedStates.Remove(info.Name);
                }
            }
        }
        else if (ShouldProcess(name, RemoveAction) && !SharedStates.Remove(name))
        {
            throw new SharedStateNotFoundException(name);
        }
    }

    /// <summary>What goes wrong with one state is no reason to leave the others.</summary>
    private void Try(Action remove)
    {
        try
        {
            remove();
        }
        catch (ProcessToolsException exception)
        {
            WriteError(exception.ErrorRecord);
        }
    }
}

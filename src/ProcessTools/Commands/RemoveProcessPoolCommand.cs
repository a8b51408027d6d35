using System.Management.Automation;
using ProcessTools.Engine.Pools;

namespace ProcessTools.Commands;

/// <summary><c>Remove-ProcessPool</c>: ends pools and their workers.</summary>
[Cmdlet(VerbsCommon.Remove, "ProcessPool", DefaultParameterSetName = PoolSet, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveProcessPoolCommand : PSCmdlet
{
    private const string PoolSet = "Pool";
    private const string NameSet = "Name";

    // A process that was killed is gone in milliseconds.
    private static readonly TimeSpan s_endOfProcesses = TimeSpan.FromSeconds(10);

    /// <summary>The pools.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PoolSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public ProcessPool[] Pool { get; set; } = [];

    /// <summary>Their names, with wildcards.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Cancel what they have not finished.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == PoolSet)
        {
            RemoveAll(Pool);
            return;
        }

        PoolSelection selection = new(SessionPools.All);
        foreach (PoolSelection.Match match in Name.Select(selection.ByName))
        {
            if (match.Error is not null)
            {
                WriteError(match.Error.ErrorRecord);
            }

            RemoveAll(match.Pools);
        }
    }

    private void RemoveAll(IEnumerable<ProcessPool> pools)
    {
        foreach (ProcessPool pool in pools)
        {
            if (!ShouldProcess(pool.ToString(), "Remove the pool and end its workers"))
            {
                continue;
            }

            long unfinished = pool is WorkerPool own ? own.Unfinished : 0;
            if (unfinished > 0 && !Force)
            {
                WriteError(new PoolBusyException(pool, unfinished).ErrorRecord);
                continue;
            }

            pool.Terminate();
            pool.Join(s_endOfProcesses);
        }
    }
}

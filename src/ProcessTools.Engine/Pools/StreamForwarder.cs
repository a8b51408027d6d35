using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>Writes what tasks wrote to their streams to those of the script that called a method, since a method has none of its own.</summary>
internal static class StreamForwarder
{
    private const string Script = """
        & {
            [CmdletBinding()]
            param($records)
            foreach ($record in $records) {
                if ($record -is [System.Management.Automation.ErrorRecord]) { $PSCmdlet.WriteError($record) }
                elseif ($record -is [System.Management.Automation.WarningRecord]) { $PSCmdlet.WriteWarning($record.Message) }
                elseif ($record -is [System.Management.Automation.VerboseRecord]) { $PSCmdlet.WriteVerbose($record.Message) }
                elseif ($record -is [System.Management.Automation.DebugRecord]) { $PSCmdlet.WriteDebug($record.Message) }
                else { $PSCmdlet.WriteInformation($record) }
            }
        } $args[0]
        """;

    /// <summary>Writes the records of a future whose task was called for by a method that waits.</summary>
    public static void Forward(TaskFuture future)
    {
        IReadOnlyList<object> records = future.AllRecords;
        if (records.Count > 0 && System.Management.Automation.Runspaces.Runspace.DefaultRunspace is not null)
        {
            ScriptBlock.Create(Script).InvokeReturnAsIs((object)records.ToArray());
        }
    }
}

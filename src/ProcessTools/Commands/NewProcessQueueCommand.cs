using System.Management.Automation;
using ProcessTools.Engine.Queues;

namespace ProcessTools.Commands;

/// <summary><c>New-ProcessQueue</c>: makes a queue between processes, or finds the one of a name.</summary>
[Cmdlet(VerbsCommon.New, "ProcessQueue", SupportsShouldProcess = true)]
[OutputType(typeof(ProcessQueue))]
public sealed class NewProcessQueueCommand : PSCmdlet
{
    /// <summary>The name by which other processes meet it.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(QueueNameCompleter))]
    public string? Name { get; set; }

    /// <summary>The most items that it holds.</summary>
    [Parameter]
    [Alias("MaxSize")]
    [ValidateRange(1, long.MaxValue)]
    public long? Capacity { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Name ?? "a queue without a name", "Make a process queue"))
        {
            return;
        }

        try
        {
            WriteObject(MemoryQueue.Create(Name, Capacity));
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }
}
